"""Each convolution of a bundle by our kernels and by torch: ``python -m benchmarks.gpu.layers``.

Of every kind of convolution in glance and focus, in the network's own precision: the time by torch's own
and a pass after it, the time by the kernel that can do it where there is one, which of them the device path
takes, and which is quicker. FLOPs are multiply-adds.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from benchmarks.gpu.__main__ import written
from benchmarks.gpu.clock import Clock
from benchmarks.gpu.layers_table import Row, summary, table
from benchmarks.gpu.measure import Part, precisions
from benchmarks.gpu.recorded import Layer, recorded
from benchmarks.gpu.ways import Bench, measured
from benchmarks.report_file import check_report
from foveate.bundle.load import Bundle, load_bundle
from foveate.bundle.manifest import Graph
from foveate.cli.arguments import at_least
from foveate.device.cuda import CudaDevice
from foveate.device.runtime import GpuRuntime
from foveate.engine.messages import Stage
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules
from foveate.errors import FoveateError


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the report layer by layer, print it in short; 1 where it cannot be measured."""
    args = _arguments(arguments)
    try:
        check_report(args.out)
        bundle = load_bundle(args.bundle)
        found = parts(bundle, on_gpu(args.gpu, args.repeats), args.units, args.frames)
        report = written(found, args.out)
    except FoveateError as error:
        print(f"benchmarks.gpu.layers: {error}", file=sys.stderr)
        return 1
    print("\n".join(table(report)))
    return 0


def on_gpu(index: int, repeats: int) -> Bench:
    """A GPU, set as the device path sets it.

    Args:
        index: which.
        repeats: measurements of each way.

    Raises:
        ConfigError: there is no such GPU.
    """
    info = GpuRuntime(index).info
    return Bench(info.device, info.name, torch.device("cuda", index), Clock(CudaDevice(index)), repeats)


def parts(bundle: Bundle, bench: Bench, sizes: Sequence[int], frames: int) -> Iterator[Part]:
    """The report: what is measured, the layers anew with each of them, the sums.

    Args:
        bundle: the bundle.
        bench: where.
        sizes: units in a batch; none for the largest bucket of the device path.
        frames: most frames or patches in that.

    Raises:
        BundleError: a network cannot be loaded.
    """
    memory = bench.memory_bytes_per_s()
    yield {
        "command": "python -m benchmarks.gpu.layers " + " ".join(sys.argv[1:]),
        "machine": bench.machine,
        "runtime": bench.runtime,
        "bundle": f"{bundle.manifest.name} {bundle.manifest.version}",
        "networks": precisions(bundle, half=False),
        "flops": "multiply-adds",
        "repeats": bench.repeats,
        "memory_bytes_per_s": memory,
    }
    rows: list[Row] = []
    for run, graph in runs(bundle, sizes, frames):
        layers = _layers(bundle.folder / graph.file, graph, run["units"], bench)
        for layer, occurs in layers.items():
            rows.append({**run, "occurs": occurs, **measured(layer, bench, memory)})
            yield {"layers": rows}
        yield {"summary": summary(rows)}


def runs(bundle: Bundle, sizes: Sequence[int], frames: int) -> Iterator[tuple[Row, Graph]]:
    """Which network is measured in which form, and at how many units; see ``parts``."""
    plan, rules = BundlePlan.of(bundle.manifest), LaneRules(lanes=1, max_frames=frames)
    for stage in (Stage.GLANCE, Stage.FOCUS):
        network = plan.network(stage)
        for form, graph in network.forms.items() if network else ():
            for units in sizes or (rules.most_units(plan, stage),):
                yield {"network": stage.value, "form": form.value, "units": units}, graph


def _layers(path: Path, graph: Graph, units: int, bench: Bench) -> dict[Layer, int]:
    found: dict[Layer, int] = {}
    bench.clock.once(lambda: found.update(recorded(path, graph, units, bench.device)))
    return found


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.layers", description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True, help="a bundle's folder")
    parser.add_argument(
        "--units", type=at_least(1), nargs="+", default=(), help="in a batch (default: the largest bucket)"
    )
    parser.add_argument(
        "--frames", type=at_least(1), default=256, help="most frames or patches in that bucket (default 256)"
    )
    parser.add_argument("--gpu", type=int, default=0, help="which GPU (default 0)")
    parser.add_argument("--repeats", type=at_least(1), default=20, help="of each measurement (default 20)")
    parser.add_argument("--out", type=Path, help="write the report here as JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
