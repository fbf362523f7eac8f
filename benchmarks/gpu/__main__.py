"""Measure a GPU: ``python -m benchmarks.gpu --out benchmarks/results/gpu.json``.

Ceilings (half-precision matrix products, copies), videos a second with frames already in memory, in a raw
loop and through the engine, and each network at each bucket. Compute is in multiply-adds, as in the papers.
"""

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch

from benchmarks.gpu.ceilings import ceilings
from benchmarks.gpu.frames import LockedRuntime
from benchmarks.gpu.measure import Extent, Part, facts, measure
from benchmarks.report_file import check_report, write_report
from foveate.bundle.load import Bundle, load_bundle
from foveate.device.runtime import GpuRuntime
from foveate.engine.scheduler import LaneRules
from foveate.errors import FoveateError


def main() -> int:
    """Measure, write the raw numbers part by part, print them."""
    args = _arguments()
    try:
        check_report(args.out)
        if args.bundle:
            report = written(_parts(args, load_bundle(args.bundle)), args.out)
        else:
            # Only an export needs the networks and the exporter.
            from benchmarks.gpu.bundles import make, makers

            with tempfile.TemporaryDirectory() as folder:
                name, maker = next(iter(makers().items()))
                made = make(name, Path(folder) / name, maker().draft, half=True)
                report = written(_parts(args, load_bundle(made)), args.out)
    except FoveateError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(report, indent=1))
    return 0


def _parts(args: argparse.Namespace, bundle: Bundle) -> Iterator[Part]:
    runtime = GpuRuntime(args.gpu, args.runtime, args.half)
    rules = runtime.rules(LaneRules(args.lanes, max_frames=args.frames, max_videos=args.videos))
    extent = Extent(args.in_flight, args.repeats, args.seconds)
    yield {
        "command": "python -m benchmarks.gpu " + " ".join(sys.argv[1:]),
        "machine": f"{runtime.info.device}, Python {platform.python_version()}",
        "runtime": runtime.info.name,
        **facts(bundle, rules, extent, args.half),
        "ceilings": known(args.ceilings, args.gpu),
    }

    def locked() -> GpuRuntime:
        return LockedRuntime(args.gpu, args.runtime, args.half)

    yield from measure(bundle, runtime, locked, rules, extent)


def known(path: Path | None, gpu: int) -> dict[str, float]:
    """The machine's ceilings, measured once.

    Args:
        path: of a file that has them, or is given them; None for none.
        gpu: which GPU.
    """
    if path is not None and path.exists():
        found: dict[str, float] = json.loads(path.read_text())
        return found
    found = ceilings(torch.device("cuda", gpu))
    if path is not None:
        path.write_text(json.dumps(found) + "\n")
    return found


def written(parts: Iterator[Part], out: Path | None) -> Part:
    """Join the parts of a report.

    Args:
        parts: of it, as they are measured.
        out: file that is written anew with each of them; None for none.
    """
    report: Part = {}
    for part in parts:
        report |= part
        # Replaced at once, so that it is whole whenever this run is ended.
        write_report(out, report)
    return report


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument(
        "--bundle", type=Path, help="a bundle's folder; default: the first of benchmarks.gpu.bundles"
    )
    parser.add_argument("--gpu", type=int, default=0, help="which GPU (default 0)")
    parser.add_argument("--runtime", choices=["torch", "onnxruntime"], default="torch")
    parser.add_argument(
        "--half",
        action="store_true",
        help="glance and focus in half precision whatever the bundle has: no claim about its answers",
    )
    parser.add_argument("--lanes", type=int, default=3, help="batches at once (default 3)")
    parser.add_argument("--frames", type=int, default=256, help="most frames or patches in a batch")
    parser.add_argument("--videos", type=int, default=64, help="most videos in a batch of the policy")
    parser.add_argument("--in-flight", type=int, default=256, help="videos in flight (default 256)")
    parser.add_argument("--repeats", type=int, default=30, help="timed batches of each kind")
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="of the raw loop, and of the engine's run"
    )
    parser.add_argument("--ceilings", type=Path, help="read them here, or measure them and write them here")
    parser.add_argument("--out", type=Path, help="write the raw numbers here as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
