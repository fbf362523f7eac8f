"""ONNX Runtime on a GPU, by its TensorRT provider, with the CUDA provider for what that does not take.

Not run on a GPU yet: written to ONNX Runtime's documented options, tested with the library replaced.

ONNX Runtime finds a kept engine by the names of the graph's file, inputs and outputs. Those are the same in
every bundle, whatever the weights, so each graph has a folder of its own for all that an engine depends on.
"""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import onnxruntime
from filelock import FileLock

from foveate.bundle.hashes import sha256
from foveate.bundle.manifest import Graph
from foveate.errors import BundleError, ConfigError
from foveate.runtimes.base import LoadedGraph, PassedOver, RuntimeInfo
from foveate.runtimes.gpu import Gpu, find_gpu
from foveate.runtimes.onnx_gpu import CPU, TENSORRT, CudaOptions, cuda_provider, gpu_info, load_cuda_libraries
from foveate.runtimes.onnx_session import Provider, open_session
from foveate.runtimes.wish import Wish

_LIBRARIES = "tensorrt_libs"
"""The package of TensorRT's own libraries, which loads them as it is imported."""
_DISTRIBUTION = "tensorrt-cu13-libs"
_WHOLE = "whole"
"""A file beside engines that were written to their end."""
_PARTITIONED = "dynamic shape inputs"


class OnnxTensorRtRuntime:
    """Sessions of the TensorRT provider on one GPU.

    Args:
        wish: what is asked.
        gpu: where they run.
        reason: why this runtime.
        passed_over: what was tried before it.
    """

    def __init__(self, wish: Wish, gpu: Gpu, reason: str, passed_over: tuple[PassedOver, ...] = ()) -> None:
        self._wish, self._gpu = wish, gpu
        self._cuda = cuda_provider(gpu.index, CudaOptions())
        self._info = gpu_info(TENSORRT, gpu, reason, passed_over)

    @property
    def info(self) -> RuntimeInfo:
        """What it is."""
        return self._info

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        """Load an ONNX file, its engine built first where none is kept; see ``Runtime.load``.

        Raises:
            BundleError: TensorRT does not take all of the graph.
            ConfigError: the provider is not there, or the folder of engines cannot be written.
        """
        most = self._wish.most_units(graph)
        with _kept(engine_folder(path, most, self._wish.engine_cache, self._gpu)) as folder:
            provider = tensorrt_provider(folder, graph, most, self._gpu.index)
            try:
                return open_session(path, graph, [provider, self._cuda, (CPU, {})])
            except BundleError as error:
                if _PARTITIONED not in str(error):
                    raise
                raise BundleError(
                    f"TensorRT does not take all of {path}, and ONNX Runtime has no batch sizes for parts"
                ) from error


def tensorrt_provider(folder: Path, graph: Graph, most: int, device: int) -> Provider:
    """The TensorRT provider for one graph: engines kept, and built for every batch size at once.

    Without profiles it builds anew for each new size, for minutes, while requests wait. Precision is left to
    the graph: with any of the options for it, what the graph has in float32 might be computed in half.

    Args:
        folder: of its engines.
        graph: what the manifest says of it.
        most: units of its largest batch.
        device: number of the GPU.
    """
    return TENSORRT, {
        "device_id": str(device),
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(folder),
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": str(folder),
        "trt_profile_min_shapes": _shapes(graph, 1),
        "trt_profile_opt_shapes": _shapes(graph, most),
        "trt_profile_max_shapes": _shapes(graph, most),
    }


def engine_folder(path: Path, most: int, cache: Path, gpu: Gpu) -> Path:
    """Where the engines of a graph lie: another place for whatever they would not be right or best for.

    Args:
        path: the ONNX file.
        most: units of its largest batch.
        cache: folder of all engines.
        gpu: what they are built for.
    """
    facts = (
        sha256(path),
        onnxruntime.__version__,
        _tensorrt_version(),
        gpu.name,
        gpu.compute_capability,
        gpu.driver,
        str(most),
    )
    key = hashlib.sha256("\n".join(facts).encode()).hexdigest()
    return cache / "onnxruntime" / f"{path.stem}-{key[:16]}"


def make(wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> OnnxTensorRtRuntime:
    """The TensorRT provider for the chain; see ``choose``."""
    gpu = find_gpu(wish.device)
    load_cuda_libraries()
    if find_spec(_LIBRARIES) is not None:
        import_module(_LIBRARIES)
    return OnnxTensorRtRuntime(wish, gpu, reason, passed_over)


@contextmanager
def _kept(folder: Path) -> Iterator[Path]:
    """A folder of engines, for one process at a time; what a build cut short left there is removed."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f"{folder.name}.lock")):
            if not (folder / _WHOLE).exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(exist_ok=True)
            try:
                yield folder
            except Exception:
                (folder / _WHOLE).unlink(missing_ok=True)  # they may be why, and are built anew next time
                raise
            (folder / _WHOLE).touch()
    except OSError as error:
        raise ConfigError(f"engines cannot be kept in {folder}: {error.strerror or error}") from error


def _tensorrt_version() -> str:
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        return "of the system"  # ONNX Runtime's own names of engines tell its versions apart


def _shapes(graph: Graph, units: int) -> str:
    return ",".join(f"{p.name}:{'x'.join(map(str, (units, *p.shape)))}" for p in graph.inputs)
