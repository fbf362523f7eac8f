"""Whether a bundle's engines choose what its graphs choose on a CPU: found out once, and kept.

An exporter sees to it that half precision leaves a plan as it is, as far as a CPU can round like a GPU. What
the engine itself does is known only once it is there. Not run on a GPU yet.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from foveate.bundle.load import Bundle
from foveate.bundle.manifest import Graph, Network
from foveate.engine.lanes import DeviceLostError
from foveate.errors import BundleError, ExecutionError
from foveate.parity.frames import smooth_frames
from foveate.parity.plan import lost_choices
from foveate.runtimes.base import LoadedGraph, RuntimeInfo
from foveate.tensorrt.cache import EngineCache, Kept
from foveate.tensorrt.files import why_refused
from foveate.tensorrt.key import PlanVerdict

log = logging.getLogger(__name__)

_VIDEOS = 2


def looking(bundle: Bundle) -> list[Graph]:
    """The graphs that a plan depends on, those of the policy first; none where no policy chooses it."""
    networks = bundle.manifest.networks
    if networks.policy is None:
        return []
    return [*_graphs(networks.policy), *(_graphs(networks.glance) if networks.glance else ())]


def check_plan(
    bundle: Bundle, graphs: Mapping[str, LoadedGraph], kept: Mapping[str, Kept], cache: EngineCache
) -> PlanVerdict | None:
    """Hold the plans that engines make of made-up frames to those that a CPU makes of them.

    The verdict lies in the record of the policy's engine, and holds until one of the engines is another.

    Args:
        bundle: as loaded.
        graphs: by file; run where there is no verdict yet.
        kept: the engine of each file.
        cache: where the engines are.

    Returns:
        The verdict; None where there is nothing to choose, or nothing to compare with.

    Raises:
        BundleError: a choice that was no near tie is another one.
    """
    files = [graph.file for graph in looking(bundle)]
    if not files:
        return None
    engines = {file: kept[file].record.engine_sha256 for file in files}
    keeper = kept[files[0]]
    verdict = keeper.record.plan
    if verdict is None or verdict.engines != engines:
        verdict = _find(bundle, graphs, engines)
        if verdict is None:
            return None
        _keep(cache, keeper, verdict)
    if verdict.lost:
        raise BundleError(
            f"{bundle.manifest.name}: its engines make {verdict.lost} choices otherwise than a CPU does, on "
            f"{verdict.videos} made-up videos, and these were no near ties: export it with --precision fp32, "
            "or serve it by another runtime"
        )
    return verdict


def _find(bundle: Bundle, graphs: Mapping[str, LoadedGraph], engines: dict[str, str]) -> PlanVerdict | None:
    manifest = bundle.manifest
    frames = smooth_frames(_VIDEOS, manifest.sampling.pool, manifest.preprocessing.crop)
    try:
        # Only here: a machine that serves by TensorRT need not have it.
        from foveate.runtimes.onnx_cpu import OnnxCpuRuntime

        lost = lost_choices(manifest, bundle.folder, frames, _Ready(graphs), OnnxCpuRuntime())
    except (ImportError, BundleError) as error:
        log.warning("%s: the plan of its engines is not held to a CPU's: %s", manifest.name, error)
        return None
    except (ExecutionError, DeviceLostError) as error:
        raise BundleError(f"{manifest.name}: its engines do not run: {error}") from error
    log.info("%s: %d choices of its engines are not a CPU's, on %d videos", manifest.name, lost, _VIDEOS)
    return PlanVerdict(engines=engines, videos=_VIDEOS, lost=lost)


def _keep(cache: EngineCache, keeper: Kept, verdict: PlanVerdict) -> None:
    try:
        cache.note(keeper, keeper.record.model_copy(update={"plan": verdict}))
    except OSError as error:
        reason = why_refused(error, cache.folder)
        log.warning("%s: the verdict on its plan cannot be kept: %s", keeper.path.name, reason)


def _graphs(network: Network) -> Iterable[Graph]:
    return network.forms.values()


@dataclass(frozen=True, slots=True)
class _Ready:
    """Graphs that have been loaded, as a runtime."""

    graphs: Mapping[str, LoadedGraph]

    @property
    def info(self) -> RuntimeInfo:
        return RuntimeInfo("engines", "cuda", "they are looked at")

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        return self.graphs[graph.file]
