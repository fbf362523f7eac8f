"""All of a GPU machine's work in one go: ``python3 -m benchmarks.gpu.session .gpu --out RESULTS``.

Runs the steps of ``benchmarks.gpu.steps`` within the time given, on what ``benchmarks.gpu.pack`` packed. What
fails or finds no time is said, and the rest goes on. It needs only Python's own library to start, and leaves
three files, anew after each step: the table, the numbers (``session.json``), the logs and reports
(``raw.tar.gz``).
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
from benchmarks.gpu.steps import Phase, Places, Step, phases, table

_LEAST_S = 5.0


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

    def run(self, phase: Phase) -> None:
        """Run steps; each says when it ends.

        Args:
            phase: the steps.
        """
        self._phase_until = min(self._until, time.monotonic() + phase.share * self._seconds)
        cores = os.cpu_count() or 1
        with ThreadPoolExecutor(max(1, cores - 1) if phase.beside else 1) as pool:
            for ended in pool.map(self._run, phase.steps):
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
            process = subprocess.Popen(
                step.command, env=self._variables(step), start_new_session=True, **both
            )
        except OSError as error:
            return f"FAILED: {error.strerror}"
        try:
            code = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return "ENDED, took too long"
        return "ok" if code == 0 else f"FAILED with {code}"

    def _variables(self, step: Step) -> dict[str, str]:
        if step.ahead is None:
            return self._environment
        others = self._environment.get("PYTHONPATH", "")
        return {**self._environment, "PYTHONPATH": os.pathsep.join((str(step.ahead), others))}

    def _say(self, ended: Ended) -> Ended:
        print(ended.line(), flush=True)
        if ended.outcome not in ("ok", "NO TIME LEFT"):
            lines = (self._raw / f"{ended.step.name}.log").read_text("utf-8", "replace").splitlines()
            print("\n".join(f"    {line}" for line in lines[-8:]), flush=True)
        self._keep(ended.facts())
        return ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run everything; 1 where something failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.session", description=__doc__)
    parser.add_argument("folder", type=Path, help="that benchmarks.gpu.pack made")
    parser.add_argument("--out", type=Path, required=True, help="folder of what it leaves")
    parser.add_argument("--minutes", type=float, default=9.0, help="for everything (default: 9)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement (default: 5)")
    args = parser.parse_args(arguments)
    if not args.folder.is_dir():
        parser.error(f"there is no folder {args.folder}")
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="foveate-gpu-") as place:
        at = Places(args.folder, Path(place), Path(place) / "raw")
        at.bundles.mkdir()
        at.raw.mkdir()
        environment = _environment(at.site)
        results = Results(args.out, at.raw, lambda: _said(table(at), environment))
        session = Session(at.raw, environment, 60 * args.minutes, results.add)
        for phase in phases(at, args.seconds):
            session.run(phase)
    print(results.table())
    return int(any(ended.outcome != "ok" for ended in session.ended))


def _said(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """What a short command prints, its errors too."""
    done = subprocess.run(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return done.stdout


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
