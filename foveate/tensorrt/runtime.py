"""Running a bundle's graphs as TensorRT engines. Not run on a GPU yet."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from foveate.bundle.load import Bundle
from foveate.bundle.manifest import Graph
from foveate.errors import BundleError, ExecutionError
from foveate.runtimes.base import LoadedGraph, PassedOver, RuntimeInfo
from foveate.runtimes.gpu import find_gpu
from foveate.runtimes.wish import Wish
from foveate.tensorrt.build import BuildOptions
from foveate.tensorrt.cache import EngineCache, Kept
from foveate.tensorrt.contexts import EngineGraph, Shared
from foveate.tensorrt.device import CudaDevice, Device
from foveate.tensorrt.flavour import Flavour, FlavourName, flavour
from foveate.tensorrt.inspect import check_tensors, engine_tensors
from foveate.tensorrt.kernels import Kernels
from foveate.tensorrt.profiles import Range, ranges
from foveate.tensorrt.said import collector
from foveate.tensorrt.store import EngineStore
from foveate.tensorrt.verdict import check_plan, looking

log = logging.getLogger(__name__)


class TensorRtRuntime:
    """Engines on one GPU, built at the first start and kept.

    Args:
        store: where engines come from.
        device: the GPU.
        wish: what is asked.
        info: what it is.

    Raises:
        ConfigError: the library does not start.
    """

    def __init__(self, store: EngineStore, device: Device, wish: Wish, info: RuntimeInfo) -> None:
        self._library = store.flavour.load()
        self._said = store.options.said or collector(self._library)
        self._runtime = store.flavour.start(self._library.Runtime, self._said)
        self._store = replace(store, options=replace(store.options, said=self._said))
        self._shared = Shared(device, self._said)
        self._wish = wish
        self._info = info
        self._kept: dict[Path, Kept] = {}

    @property
    def info(self) -> RuntimeInfo:
        """What it is, and how many batch sizes are launched as one graph."""
        shared, all_sizes = self._shared, self._shared.captured + self._shared.enqueued
        if not all_sizes:
            return self._info
        return replace(
            self._info, name=f"{self._info.name}, {shared.captured} of {all_sizes} batch sizes as CUDA graphs"
        )

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        """Load a graph's engine, built first where there is none that fits; see ``Runtime.load``."""
        found = ranges(self._wish.most_units(graph))
        self._shared.device.use()
        kept, engine = self._engine(path, graph, found)
        check_tensors(f"the engine of {path}", engine_tensors(engine), graph, found)
        flavour = self._store.flavour
        settings = flavour.settings(self._library, engine)
        kernels = Kernels(kept.path, self._info.device, settings) if flavour.ahead else None
        try:
            loaded = EngineGraph(engine, settings, graph, found, self._shared, flavour.captured, kernels)
        except ExecutionError as error:
            raise BundleError(f"the engine of {path} does not run: {error}") from error
        if kernels is not None:
            kernels.save()
        self._kept[path] = kept
        return loaded

    def check(self, bundle: Bundle, graphs: Mapping[str, LoadedGraph]) -> None:
        """Hold the plan of a bundle's engines to a CPU's; see ``ChecksBundles``."""
        kept = {file: self._kept.pop(bundle.folder / file) for file in graphs}
        check_plan(bundle, graphs, kept, self._store.cache)

    def _engine(self, path: Path, graph: Graph, found: tuple[Range, ...]) -> tuple[Kept, Any]:
        kept, data = self._store.engine(path, graph, found)
        engine = self._deserialised(data)
        if engine is None:
            # Its key fits, and still this GPU will not have it: what was built elsewhere is worth one try.
            log.warning("%s is not taken: %s", kept.path.name, self._said.told())
            kept, data = self._store.engine(path, graph, found, kept.record.engine_sha256)
            engine = self._deserialised(data)
        if engine is None:
            raise BundleError(f"the engine of {path} cannot be loaded: {self._said.told()}")
        return kept, engine

    def _deserialised(self, data: bytes) -> Any:
        self._said.clear()
        return self._runtime.deserialize_cuda_engine(data)


def check_engines(bundle: Bundle, store: EngineStore, device: Device, wish: Wish) -> None:
    """Load what a bundle's plan depends on and check it, before it is ever served.

    Raises:
        BundleError: an engine cannot be loaded, or chooses otherwise than a CPU.
        ConfigError: the library does not start.
    """
    info = RuntimeInfo(store.flavour.title, f"cuda:{wish.device}", "its engines are checked")
    runtime = TensorRtRuntime(store, device, wish, info)
    found = {graph.file: runtime.load(bundle.folder / graph.file, graph) for graph in looking(bundle)}
    runtime.check(bundle, found)


def make_tensorrt(wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> TensorRtRuntime:
    """TensorRT for the chain; see ``choose``."""
    return _make(flavour(FlavourName.TENSORRT), wish, reason, passed_over)


def make_rtx(wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> TensorRtRuntime:
    """TensorRT-RTX for the chain; see ``choose``."""
    return _make(flavour(FlavourName.RTX), wish, reason, passed_over)


def _make(chosen: Flavour, wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> TensorRtRuntime:
    library, gpu = chosen.load(), find_gpu(wish.device)
    target = chosen.serving_target(wish.device)
    name = f"{chosen.title} {library.__version__}"
    info = RuntimeInfo(name, f"cuda:{gpu.index} ({gpu.name})", reason, passed_over)
    cache = EngineCache(wish.engine_cache, lambda text: log.info("engine %s", text))
    device = CudaDevice(wish.device)
    store = EngineStore(chosen, target, cache, BuildOptions(use=device.use))
    return TensorRtRuntime(store, device, wish, info)
