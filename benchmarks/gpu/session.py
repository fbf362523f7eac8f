"""All of a GPU machine's work in one go: ``python3 -m benchmarks.gpu.session .gpu --out RESULTS``.

Installs the wheels of a folder that ``benchmarks.gpu.pack`` made, then within the time given: bundles and
golden numbers, several at once; the device path's tests, among them a thousand batches of random sizes
without an allocation; each bundle's ceilings, stages, raw loop and frames in; MP4 files over HTTP; the table.
What fails or finds no time is said, and the rest goes on. It needs only Python's own library to start, and
leaves three files: the table, the numbers (``session.json``), the logs and reports (``raw.tar.gz``).
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from benchmarks.gpu.results import Results

BUNDLES = ("adafocus-tsm-p144", "tsm-plus", "resnet50", "adafocus-p128")
_BESIDE = 0.5
"""Share of the time for what runs side by side; the rest is for what has the GPU for itself."""
_LEAST_S = 5.0
PROVIDER = "onnxruntime-gpu.tar.xz"
"""ONNX Runtime with its CUDA provider, if somebody packed it: as in site-packages, for that Python."""
_PORT = 8123
_MORE = "adafocus-tsm-p144"
"""The bundle that is measured in other ways too."""


@dataclass(frozen=True, slots=True)
class Step:
    """A command.

    Attributes:
        name: of it, and of its log.
        command: its words.
        limit_s: most seconds it may take.
    """

    name: str
    command: tuple[str, ...]
    limit_s: float


@dataclass(frozen=True, slots=True)
class Ended:
    """How a step ended."""

    step: Step
    outcome: str
    seconds: float

    def line(self) -> str:
        """As shown."""
        return f"{self.outcome:24} {self.seconds:6.1f} s  {self.step.name}"

    def facts(self) -> dict[str, object]:
        """As kept."""
        found = {"name": self.step.name, "outcome": self.outcome, "seconds": round(self.seconds, 1)}
        return {**found, "command": list(self.step.command)}


class Session:
    """Runs steps until a deadline.

    Args:
        raw: folder of the logs.
        environment: of the commands.
        seconds: for everything.
        keep: told of each step's end, by several threads where steps run side by side.
    """

    def __init__(
        self,
        raw: Path,
        environment: Mapping[str, str],
        seconds: float,
        keep: Callable[[dict[str, object]], None] = lambda _: None,
    ) -> None:
        self._raw, self._environment, self._seconds, self._keep = raw, dict(environment), seconds, keep
        self._until = self._phase_until = time.monotonic() + seconds
        self.ended: list[Ended] = []

    def run(self, *steps: Step, at_once: int = 1, share: float = 1.0) -> None:
        """Run steps.

        Args:
            steps: in order; each says when it ends.
            at_once: so many side by side.
            share: of the session's time that they may take together.
        """
        self._phase_until = min(self._until, time.monotonic() + share * self._seconds)
        with ThreadPoolExecutor(at_once) as pool:
            for ended in pool.map(self._run, steps):
                self.ended.append(ended)

    def _run(self, step: Step) -> Ended:
        started = time.monotonic()
        limit = min(step.limit_s, self._phase_until - started)
        if limit < _LEAST_S:
            return self._say(Ended(step, "NO TIME LEFT", 0.0))
        with (self._raw / f"{step.name}.log").open("wb") as log:
            outcome = self._outcome(step, log, limit)
        return self._say(Ended(step, outcome, time.monotonic() - started))

    def _outcome(self, step: Step, log: IO[bytes], limit_s: float) -> str:
        both: dict[str, Any] = {"stdout": log, "stderr": subprocess.STDOUT}
        try:
            # In a session of its own, so that what it started ends with it.
            process = subprocess.Popen(step.command, env=self._environment, start_new_session=True, **both)
        except OSError as error:
            return f"FAILED: {error.strerror}"
        try:
            code = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return "ENDED, took too long"
        return "ok" if code == 0 else f"FAILED with {code}"

    def _say(self, ended: Ended) -> Ended:
        print(ended.line(), flush=True)
        if ended.outcome not in ("ok", "NO TIME LEFT"):
            lines = (self._raw / f"{ended.step.name}.log").read_text("utf-8", "replace").splitlines()
            print("\n".join(f"    {line}" for line in lines[-8:]), flush=True)
        self._keep(ended.facts())
        return ended


def together(folder: Path, made: Path) -> list[Step]:
    """What runs side by side: exports of the bundles to measure, and golden sets through the GPU."""
    python = (sys.executable, "-m")
    bundles = [
        Step(f"bundle-{name}", (*python, "benchmarks.gpu.bundles", str(made / name), name), 240)
        for name in BUNDLES
    ]
    golden = folder / "golden"
    names = sorted(path.stem for path in golden.glob("*.json")) if golden.is_dir() else []
    command = (*python, "foveate.cli.main", "golden", str(golden), "--gpu", "0", "--precision", "fp16")
    return bundles + [Step(f"golden-{name}", (*command, "--set", name), 240) for name in names]


def alone(made: Path, raw: Path, seconds: float) -> list[Step]:
    """What has the GPU for itself."""
    measure = (sys.executable, "-m", "benchmarks.gpu", "--seconds", str(seconds), "--repeats", "10")
    found = [
        Step(
            f"gpu-{name}",
            (*measure, "--bundle", str(made / name), "--out", str(raw / f"gpu-{name}.json")),
            120,
        )
        for name in BUNDLES
    ]
    tests = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "filterwarnings=")
    return [found[0], Step("tests", (*tests, "tests/device"), 150), *found[1:]]


def by_provider(made: Path, raw: Path, seconds: float) -> Step:
    """The same bundle by ONNX Runtime's CUDA provider."""
    measure = (sys.executable, "-m", "benchmarks.gpu", "--runtime", "onnxruntime", "--repeats", "10")
    report = ("--seconds", str(seconds), "--out", str(raw / "gpu-onnxruntime.json"))
    return Step("gpu-onnxruntime", (*measure, "--bundle", str(made / _MORE), *report), 120)


def over_http(folder: Path, made: Path, raw: Path, seconds: float) -> Step:
    """MP4 files through a server on this machine."""
    command = (sys.executable, "-m", "benchmarks.gpu.mp4_in", str(made / _MORE), str(folder / "clips"))
    report = ("--out", str(raw / "mp4-in.json"), "--port", str(_PORT), "--seconds", str(seconds))
    return Step("mp4-in", (*command, *report), 120)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run everything; 1 where something failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.session", description=__doc__)
    parser.add_argument("folder", type=Path, help="that benchmarks.gpu.pack made")
    parser.add_argument("--out", type=Path, required=True, help="folder of what it leaves")
    parser.add_argument("--minutes", type=float, default=9.0, help="for everything (default: 9)")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each measurement (default: 8)")
    args = parser.parse_args(arguments)
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="foveate-gpu-") as place:
        site, made, raw = (Path(place) / name for name in ("site", "bundles", "raw"))
        made.mkdir()
        raw.mkdir()
        results = Results(args.out, raw)
        session = Session(raw, _environment(site), 60 * args.minutes, results.add)
        _prepare(session, args.folder, site)
        cores = os.cpu_count() or 1
        session.run(*together(args.folder, made), at_once=max(1, cores - 1), share=_BESIDE)
        session.run(*alone(made, raw, args.seconds))
        if (args.folder / PROVIDER).exists():
            session.run(by_provider(made, raw, args.seconds))
        if any((args.folder / "clips").glob("*")):
            session.run(over_http(args.folder, made, raw, args.seconds))
        # The table has time of its own: without it all the rest was for nothing.
        last = Session(raw, _environment(site), 60, results.add)
        last.run(_table(raw))
        table = (raw / "table.log").read_text("utf-8")
    results.leave_table(table)
    print(table)
    return int(any(ended.outcome != "ok" for ended in (*session.ended, *last.ended)))


def _prepare(session: Session, folder: Path, site: Path) -> None:
    """Install what was packed, and ask what machine this is."""
    install = ("pip", "install", "-q", "--no-index", "--no-deps", "--no-compile", "--target", str(site))
    wheels = sorted(map(str, (folder / "wheels").glob("*.whl")))
    if wheels:
        session.run(Step("install", (sys.executable, "-m", *install, *wheels), 60))
    if (folder / PROVIDER).exists():
        site.mkdir(exist_ok=True)
        session.run(Step("unpack", ("tar", "xJf", str(folder / PROVIDER), "-C", str(site)), 90))
    session.run(Step("machine", ("nvidia-smi",), 20))


def _table(raw: Path) -> Step:
    reports = [str(raw / f"gpu-{name}.json") for name in (*BUNDLES, "onnxruntime")]
    command = (sys.executable, "-m", "benchmarks.gpu.table", *reports, "--mp4-in", str(raw / "mp4-in.json"))
    return Step("table", command, 60)


def _environment(site: Path) -> dict[str, str]:
    """That of the commands: what was installed, this repository, torch's CUDA libraries, one thread each."""
    paths = [str(site), str(Path.cwd()), *filter(None, [os.environ.get("PYTHONPATH")])]
    single = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    libraries = [str(path) for root in sys.path for path in Path(root).glob("nvidia/*/lib")]
    libraries += filter(None, [os.environ.get("LD_LIBRARY_PATH")])
    found = {"PYTHONPATH": os.pathsep.join(paths), "LD_LIBRARY_PATH": os.pathsep.join(libraries)}
    return {**os.environ, **single, **found, "PYTHONUNBUFFERED": "1"}


if __name__ == "__main__":
    sys.exit(main())
