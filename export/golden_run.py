"""What ``foveate golden`` does once its arguments are read."""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from export.golden import GoldenSet, load_golden
from export.golden_case import NetworkCase
from export.golden_engine import in_engine
from export.golden_networks import Exported, export_set, in_onnx, in_torch, run_network
from export.golden_registry import network_of, rule_of
from export.golden_report import Line, Say, cannot
from export.precision import Precision
from foveate.errors import ConfigError, FoveateError
from foveate.runtimes.base import Runtime

_TOGETHER = 4
"""Bundles that share an engine: enough to mix, few enough for the memory of a small machine."""


def run(args: argparse.Namespace) -> int:
    """Run golden sets, a line an array; what is being done is told on stderr.

    Returns:
        1 where an array is missed or a set cannot be run.

    Raises:
        ConfigError: the folder has no sets, or not the ones asked for, or there is no such GPU.
    """
    start = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - start:6.1f} s] {text}", file=sys.stderr, flush=True)

    folder, runtime = Path(args.folder), _runtime(args.gpu)
    names = set_names(folder, args.set or ())
    compared, missed = 0, []
    for line in golden_lines(folder, names, say, runtime, args.precision):
        print(line.text(), flush=True)
        compared += 1
        if not line.met:
            missed.append(line)
    sets = ", ".join(sorted({line.name for line in missed}))
    verdict = f"{len(missed)} missed, in {sets}" if missed else "all met"
    print(f"{compared} comparisons, {verdict}")
    return 1 if missed else 0


def set_names(folder: Path, wanted: Sequence[str]) -> list[str]:
    """The sets of a folder, or those asked for, in order.

    Raises:
        ConfigError: there are none, or one asked for is not there.
    """
    found = sorted(path.stem for path in folder.glob("*.json"))
    if not found:
        raise ConfigError(f"{folder} holds no golden sets: no file there ends in .json")
    absent = [name for name in wanted if name not in found]
    if absent:
        raise ConfigError(f"there is no golden set {absent[0]} in {folder}; there are: {', '.join(found)}")
    return [name for name in found if name in wanted] if wanted else found


def _runtime(gpu: int | None) -> Runtime | None:
    if gpu is None:
        return None
    from foveate.device.runtime import GpuRuntime

    return GpuRuntime(gpu)


def golden_lines(
    folder: Path,
    names: Sequence[str],
    say: Say,
    runtime: Runtime | None = None,
    precision: Precision = "fp32",
) -> Iterator[Line]:
    """Compare every array of the named sets.

    Args:
        folder: of the sets.
        names: of the sets.
        say: told what is being done.
        runtime: what runs the engine's part; None for the CPU.
        precision: of the bundles; PyTorch's part is in float32.
    """
    networks = []
    for name in names:
        golden = _load(folder, name)
        if isinstance(golden, Line):
            yield golden
        elif (rule := rule_of(golden.spec)) is not None:
            say(f"{name}: rules")
            yield from _guarded(name, "rule", rule(name, golden))
        elif (case := network_of(golden.spec)) is not None:
            networks.append((name, case))
        else:
            yield cannot(name, "-", f"nothing here runs a set of {golden.spec.get('system', 'no system')}")
    for first in range(0, len(networks), _TOGETHER):
        yield from _group(folder, networks[first : first + _TOGETHER], say, runtime, precision)


def _group(
    folder: Path,
    group: Sequence[tuple[str, NetworkCase]],
    say: Say,
    runtime: Runtime | None,
    precision: Precision,
) -> Iterator[Line]:
    """Run some networks, each by itself in PyTorch and as graphs, then all together in an engine."""
    with tempfile.TemporaryDirectory(prefix="foveate-golden-") as place:
        exported: list[Exported] = []
        for name, case in group:
            lines = _network(folder, name, case, Path(place), exported, say, precision)
            yield from _guarded(name, "torch", lines)
        if exported:
            say(f"engine: {', '.join(one.name for one in exported)}, and the package's own bundle")
            yield from in_engine(exported, runtime)


def _network(
    folder: Path,
    name: str,
    case: NetworkCase,
    place: Path,
    exported: list[Exported],
    say: Say,
    precision: Precision,
) -> Iterator[Line]:
    golden = load_golden(folder, name)
    checkpoint = place / f"{name}.pth.tar"
    say(f"{name}: PyTorch")
    network, outcome = run_network(golden, case, checkpoint)
    yield from in_torch(name, golden, outcome)
    try:
        told = partial(_of_set, say, name)
        one = export_set(name, golden, case, network, outcome, checkpoint, place / name, told, precision)
    except FoveateError as error:
        yield cannot(name, "onnx and engine", str(error))
        return
    finally:
        checkpoint.unlink(missing_ok=True)
    say(f"{name}: graphs")
    yield from in_onnx(one)
    exported.append(one)


def _of_set(say: Say, name: str, text: str) -> None:
    say(f"{name}: {text}")


def _load(folder: Path, name: str) -> GoldenSet | Line:
    try:
        return load_golden(folder, name)
    except (FoveateError, OSError, ValueError, SyntaxError) as error:
        return cannot(name, "-", f"the set cannot be read: {error}")


def _guarded(name: str, where: str, lines: Iterator[Line]) -> Iterator[Line]:
    """The lines, and one more where they end in an exception: other sets go on."""
    try:
        yield from lines
    except Exception as error:  # a set of an odd form may fail anywhere; it is named and counts as a miss
        why = str(error).splitlines()[0] if str(error) else ""
        yield cannot(name, where, f"{type(error).__name__}: {why}")
