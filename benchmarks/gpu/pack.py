"""Pack what a GPU machine without a network lacks: ``python -m benchmarks.gpu.pack --golden DIR``.

Makes a folder (``.gpu``) to take along with the repository: wheels for its Python, golden numbers, a video.
There, ``benchmarks.gpu.session`` unpacks and runs everything.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.video_file import write_video
from foveate.errors import ConfigError, FoveateError

PACKAGES = (
    *("annotated-doc", "annotated-types", "fastapi", "fastapi-swagger", "h11", "opentelemetry-api"),
    *("pydantic", "pydantic-core", "pydantic-settings", "python-dotenv", "python-multipart", "starlette"),
    *("typing-inspection", "uvicorn", "av"),
)
"""What serving needs beside torch, triton, onnx, onnxscript, onnxruntime, numpy, pillow, pytest, hypothesis,
aiohttp, filelock, prometheus-client and uvloop, which are taken to be there."""
_PLATFORMS = (
    "manylinux2014_x86_64",
    *(f"manylinux_2_{minor}_x86_64" for minor in (17, 24, 26, 27, 28, 31, 34)),
)
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^;\s]+)")


def pack(out: Path, golden: Path | None, python: str, extra: tuple[str, ...] = (), video: bool = True) -> int:
    """Fill a folder; what an earlier pack left in it goes, and nothing else.

    Args:
        out: the folder.
        golden: golden sets to take along; None for none.
        python: version that the wheels are for.
        extra: further packages, as ``name`` or ``name==version``.
        video: take along what decodes videos, which is most of it, and a clip.

    Returns:
        Its bytes.

    Raises:
        ConfigError: there are no golden sets, or a wheel cannot be had.
    """
    if golden is not None and not any(golden.glob("*.json")):
        raise ConfigError(f"{golden} holds no golden sets: no file there ends in .json")
    for part in ("wheels", "golden", "clips"):
        shutil.rmtree(out / part, ignore_errors=True)
    (out / "clips").mkdir(parents=True)
    names = PACKAGES if video else tuple(name for name in PACKAGES if name != "av")
    _download(out / "wheels", [*pinned(names, Path("constraints.txt")), *extra], python)
    if golden is not None:
        shutil.copytree(golden, out / "golden")
    if video:
        write_video(out / "clips" / "clip.mp4")
    return sum(path.stat().st_size for path in out.rglob("*") if path.is_file())


def pinned(names: tuple[str, ...], constraints: Path) -> list[str]:
    """Names with the versions that a file of constraints has for them."""
    found = [_PINNED.match(line) for line in constraints.read_text("utf-8").splitlines()]
    versions = {_normal(match[1]): match[2] for match in found if match}
    return [f"{name}=={versions[_normal(name)]}" if _normal(name) in versions else name for name in names]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _download(folder: Path, requirements: list[str], python: str) -> None:
    platforms = [word for platform in _PLATFORMS for word in ("--platform", platform)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--python-version", python, "--implementation", "cp", *platforms, "--dest", str(folder)]
    if subprocess.run([*command, *requirements], check=False).returncode:
        raise ConfigError("a wheel cannot be had; pip says above which")


def main() -> int:
    """Pack, and say how much it is and how to use it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.pack", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(".gpu"), help="the folder (default: .gpu)")
    parser.add_argument("--golden", type=Path, help="folder of golden sets to take along")
    parser.add_argument("--python", default="3.12", help="version of Python there (default: 3.12)")
    parser.add_argument("--with", action="append", default=[], dest="extra", help="a further package")
    parser.add_argument("--no-video", action="store_true", help="without what decodes videos")
    args = parser.parse_args()
    try:
        size = pack(args.out, args.golden, args.python, tuple(args.extra), not args.no_video)
    except FoveateError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{args.out}: {size / 2**20:.1f} MiB. There, in the repository's root:")
    print(f"    python3 -m benchmarks.gpu.session {args.out} --out RESULTS")
    return 0


if __name__ == "__main__":
    sys.exit(main())
