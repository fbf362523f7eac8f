"""Pack what a GPU machine without a network lacks: ``python -m benchmarks.gpu.pack --golden DIR``.

Makes a folder (``.gpu``) to take along with the repository: wheels for its Python, golden numbers, a video.
There, ``benchmarks.gpu.session`` unpacks and runs everything. Weighs both, and says where they are too much.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.gpu.steps import PROVIDER
from benchmarks.video_file import write_video
from foveate.errors import ConfigError, FoveateError

PACKAGES = (
    *("annotated-doc", "annotated-types", "anyio", "click", "fastapi", "fastapi-swagger", "h11"),
    *("opentelemetry-api", "typing-extensions"),
    *("pydantic", "pydantic-core", "pydantic-settings", "python-dotenv", "python-multipart", "starlette"),
    *("typing-inspection", "uvicorn", "av"),
)
"""What serving needs beside torch, triton, onnx, onnxscript, onnxruntime, numpy, pillow, pytest, hypothesis,
aiohttp, filelock, prometheus-client and uvloop, which are taken to be there."""
VIDEO = "what decodes videos (--no-video)"
_PLATFORMS = (
    "manylinux2014_x86_64",
    *(f"manylinux_2_{minor}_x86_64" for minor in (17, 24, 26, 27, 28, 31, 34)),
)
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^;\s]+)")


def pack(
    out: Path, golden: Path | None, python: str, extra: tuple[str, ...] = (), video: bool = True
) -> None:
    """Fill a folder; what an earlier pack left in it goes, and nothing else.

    Args:
        out: the folder.
        golden: golden sets to take along; None for none.
        python: version that the wheels are for.
        extra: further packages, as ``name`` or ``name==version``.
        video: take along what decodes videos, which is most of it, and a clip.

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


def weights(root: Path, out: Path) -> dict[str, int]:
    """Bytes of what is taken along, by part.

    Args:
        root: of the repository: what git tracks there, and what it neither tracks nor ignores.
        out: the folder that was packed.

    Raises:
        ConfigError: git does not say what is in the repository.
    """
    command = ("git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    try:
        listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError) as error:
        raise ConfigError(f"git does not say what is in {root.resolve()}: {error}") from error
    packed = {path.resolve() for path in out.rglob("*") if path.is_file()}
    paths = {path for name in listed if name and (path := (root / name).resolve()).is_file()} - packed
    video = {path for path in packed if path.parent.name == "clips" or path.name.startswith("av-")}
    provider = {path for path in packed if path.name == PROVIDER}
    return {
        "the repository": _bytes(paths),
        "wheels and golden numbers": _bytes(packed - video - provider),
        VIDEO: _bytes(video),
        PROVIDER: _bytes(provider),
    }


def _bytes(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths)


def verdict(found: Mapping[str, int], limit: int) -> tuple[bool, str]:
    """Whether everything may be taken along, and what to say of it.

    Args:
        found: bytes by part.
        limit: bytes that may be taken.
    """
    total = sum(found.values())
    parts = ", ".join(f"{name} {_mib(size)}" for name, size in found.items() if size)
    said = f"{_mib(total)} MiB of {_mib(limit)}: {parts}"
    if total <= limit:
        return True, said
    choices = ((VIDEO,), (PROVIDER,), (VIDEO, PROVIDER))
    fitting = (names for names in choices if total - sum(found[name] for name in names) <= limit)
    without = next(fitting, None)
    advice = f"it fits without {' and '.join(without)}" if without else "nothing can be left out that helps"
    return False, f"TOO MUCH: {said}; {advice}"


def _mib(size: int) -> str:
    return f"{size / 2**20:.1f}"


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
    parser.add_argument(
        "--limit",
        type=float,
        default=64.0,
        help="MiB that may be taken along with the repository (default: 64)",
    )
    args = parser.parse_args()
    try:
        pack(args.out, args.golden, args.python, tuple(args.extra), not args.no_video)
        fits, line = verdict(weights(Path(), args.out), int(args.limit * 2**20))
    except FoveateError as error:
        print(error, file=sys.stderr)
        return 1
    if not fits:
        print(line, file=sys.stderr)
        return 1
    print(f"{line}\nThere, in the repository's root, with {args.out}:")
    print(f"    python3 -m benchmarks.gpu.session {args.out} --out RESULTS")
    return 0


if __name__ == "__main__":
    sys.exit(main())
