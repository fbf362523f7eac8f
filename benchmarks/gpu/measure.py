"""What is measured of one bundle, part by part, so that a run that is cut off leaves the parts it had."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import torch

from benchmarks.gpu.frames import DeviceRuntime, opened
from benchmarks.gpu.frames_in import frames_in
from benchmarks.gpu.raw_loop import raw_rate
from benchmarks.gpu.stages import stage_times, videos_needed
from foveate.bundle.load import Bundle
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules
from foveate.runtimes.weights import weight_precision

Part = dict[str, object]
_SEEING = ("glance", "focus")


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured.

    Attributes:
        in_flight: videos in flight; more where the raw loop needs them.
        repeats: timed batches of each kind.
        seconds: of the raw loop and of the engine's run.
    """

    in_flight: int = 256
    repeats: int = 30
    seconds: float = 20.0


def measure(
    bundle: Bundle,
    runtime: DeviceRuntime,
    locked: Callable[[], DeviceRuntime],
    rules: LaneRules,
    extent: Extent,
) -> Iterator[Part]:
    """All figures of one bundle, those that matter most first.

    Args:
        bundle: the bundle.
        runtime: what runs it.
        locked: see ``opened``.
        rules: the runtime's.
        extent: how much.

    Raises:
        FoveateError: the bundle cannot be loaded, or a video failed.
    """
    plan = BundlePlan.of(bundle.manifest)
    crop, pool = bundle.manifest.preprocessing.crop, bundle.manifest.sampling.pool
    in_flight = in_flight_of(plan, rules, extent)
    pages = in_flight * plan.views * pool
    memory, executors = opened(crop * crop * 3, pages, runtime, locked, rules, in_flight)
    executor = executors.make(bundle, plan)
    raw = raw_rate(executor, plan, rules, extent.seconds)
    yield {"raw_loop_videos_per_s": raw}
    before = _allocations()
    served = frames_in(bundle, memory, runtime, lambda *_: executor, rules, in_flight, extent.seconds)
    allocations = _allocations() - before
    yield {
        "frames_in": served,
        "engine_over_raw_loop": served["videos_per_s"] / raw,
        "allocations_while_serving": allocations,
    }
    yield {"stages": stage_times(executor, plan, rules, extent.repeats)}
    executors.close()


def in_flight_of(plan: BundlePlan, rules: LaneRules, extent: Extent) -> int:
    """Videos in flight: as many as asked for, or as the batches of all lanes are drawn from.

    Args:
        plan: the bundle's.
        rules: the runtime's.
        extent: what was asked for.
    """
    return max(extent.in_flight, rules.lanes * videos_needed(plan, rules))


def facts(bundle: Bundle, rules: LaneRules, extent: Extent, half: bool) -> Part:
    """What was measured, and how much of it.

    Args:
        bundle: the bundle.
        rules: the runtime's.
        extent: how much.
        half: whether glance and focus run in half precision whatever the bundle has.
    """
    manifest = bundle.manifest
    in_flight = in_flight_of(BundlePlan.of(manifest), rules, extent)
    sizes = {"lanes": rules.lanes, "frames": rules.max_frames, "videos": rules.max_videos}
    return {
        "bundle": f"{manifest.name} {manifest.version}",
        "precision": "half" if half else manifest.precision,
        "networks": precisions(bundle, half),
        "multiply_adds": manifest.cost.nominal[-1],
        "rules": {**sizes, **asdict(extent), "in_flight": in_flight},
    }


def precisions(bundle: Bundle, half: bool) -> dict[str, str]:
    """In what each network computes: an export in half precision leaves some in float32.

    Args:
        bundle: the bundle.
        half: see ``facts``.
    """
    found = {}
    for name, network in bundle.manifest.networks:
        if network is not None:
            kinds = {weight_precision(bundle.folder / graph.file) for graph in network.forms.values()}
            found[name] = "fp16" if half and name in _SEEING else ", ".join(sorted(kinds))
    return found


def _allocations() -> int:
    """Pieces of memory that were asked of a GPU so far."""
    return int(torch.cuda.memory_stats()["allocation.all.allocated"]) if torch.cuda.is_available() else 0
