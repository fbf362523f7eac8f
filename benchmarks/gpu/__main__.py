"""Measure a GPU: ``python -m benchmarks.gpu --out benchmarks/results/gpu.json``.

Ceilings (half-precision matrix products, copies), each network at each bucket, and videos a second with
frames already in memory. Compute is in multiply-adds, as in the papers.
"""

import argparse
import json
import platform
import sys
import tempfile
from pathlib import Path

import torch

from benchmarks.gpu.ceilings import ceilings
from benchmarks.gpu.frames_in import frames_in
from benchmarks.gpu.raw_loop import raw_rate
from benchmarks.gpu.stages import stage_times, videos_needed
from foveate.bundle.load import Bundle, load_bundle
from foveate.device.runtime import GpuRuntime
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules
from foveate.errors import FoveateError
from foveate.video.slab import Slab


def main() -> int:
    """Measure, print, write the raw numbers."""
    args = _arguments()
    try:
        if args.bundle:
            report = measure(args, load_bundle(args.bundle))
        else:
            # Only an export needs the networks and the exporter.
            from benchmarks.gpu.bundles import drafts, make

            with tempfile.TemporaryDirectory() as folder:
                name, draft = next(iter(drafts().items()))
                report = measure(args, load_bundle(make(name, Path(folder) / name, draft(), half=True)))
    except FoveateError as error:
        print(error, file=sys.stderr)
        return 1
    text = json.dumps(report, indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")
    return 0


def measure(args: argparse.Namespace, bundle: Bundle) -> dict[str, object]:
    """All figures of one bundle."""
    plan = BundlePlan.of(bundle.manifest)
    runtime = GpuRuntime(args.gpu, args.runtime, args.half)
    rules = runtime.rules(LaneRules(lanes=1, max_frames=args.frames, max_videos=args.videos))
    in_flight = max(args.in_flight, rules.lanes * videos_needed(plan, rules))
    crop = bundle.manifest.preprocessing.crop
    slab = Slab(crop * crop * 3, in_flight * plan.views * bundle.manifest.sampling.pool)
    executors = runtime.open_device(slab.array(), rules, in_flight)
    executor = executors.make(bundle, plan)
    stages = stage_times(executor, plan, rules, args.repeats)
    raw = raw_rate(executor, plan, rules, args.seconds)
    before = _allocations()
    served = frames_in(bundle, slab, runtime, lambda *_: executor, rules, in_flight, args.seconds)
    allocations = _allocations() - before
    executors.close()
    return {
        "command": "python -m benchmarks.gpu " + " ".join(sys.argv[1:]),
        "machine": f"{runtime.info.device}, Python {platform.python_version()}",
        "runtime": runtime.info.name,
        "bundle": f"{bundle.manifest.name} {bundle.manifest.version}",
        "precision": "half" if args.half else bundle.manifest.precision,
        "multiply_adds": bundle.manifest.cost.nominal[-1],
        "rules": {"frames": args.frames, "videos": args.videos, "in_flight": in_flight},
        "ceilings": ceilings(torch.device("cuda", args.gpu)),
        "stages": stages,
        "raw_loop_videos_per_s": raw,
        "engine_over_raw_loop": served["videos_per_s"] / raw,
        "allocations_while_serving": allocations,
        "frames_in": served,
    }


def _allocations() -> int:
    """Pieces of memory that were asked of the device so far."""
    return int(torch.cuda.memory_stats()["allocation.all.allocated"])


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
    parser.add_argument("--frames", type=int, default=256, help="most frames or patches in a batch")
    parser.add_argument("--videos", type=int, default=64, help="most videos in a batch of the policy")
    parser.add_argument("--in-flight", type=int, default=256, help="videos in flight (default 256)")
    parser.add_argument("--repeats", type=int, default=30, help="timed batches of each kind")
    parser.add_argument("--seconds", type=float, default=20.0, help="of the engine's run")
    parser.add_argument("--out", type=Path, help="write the raw numbers here as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
