"""From an ONNX graph to an engine's bytes."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foveate.bundle.manifest import Graph
from foveate.errors import BundleError
from foveate.tensorrt.flavour import Flavour
from foveate.tensorrt.inspect import EngineTensor, check_tensors, network_tensors
from foveate.tensorrt.interrupt import interruptible, monitor
from foveate.tensorrt.profiles import Range
from foveate.tensorrt.said import collector

_ERRORS_TOLD = 3
_WORKSPACE = 4 << 30
"""Most bytes of scratch memory that a kernel may be chosen to need: a GPU is rarely there for one server, and
without a limit all of its memory is the limit."""


@dataclass(frozen=True, slots=True)
class Built:
    """An engine and what was learnt on the way.

    Attributes:
        engine: its bytes.
        tensors: its inputs and outputs.
        timing: measured times of kernels, for the next engine; None where nothing is measured.
        seconds: how long it took.
    """

    engine: bytes
    tensors: tuple[EngineTensor, ...]
    timing: bytes | None
    seconds: float


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How engines are built.

    Attributes:
        tf32: products of float32 in TensorFloat-32. Off, so that a plan is the one a CPU makes.
        capabilities: compute capabilities to compile for, where the flavour can be told.
        use: makes the GPU that of the thread which builds; a thread starts with the first one.
        said: told what the library says, see ``collector``: it talks to the first one only, for as long as
            anything of it is there. None for one of its own.
    """

    tf32: bool = False
    capabilities: tuple[str, ...] = ()
    use: Callable[[], None] = lambda: None
    said: Any = None


def build_engine(
    flavour: Flavour,
    path: Path,
    graph: Graph,
    ranges: Sequence[Range],
    timing: bytes | None = None,
    options: BuildOptions | None = None,
) -> Built:
    """Parse and compile the graph in ``path``, with a profile for each range of batch sizes.

    Args:
        flavour: by which library.
        path: the ONNX file.
        graph: what the manifest says of it.
        ranges: batch sizes.
        timing: times of kernels from earlier builds, where the flavour measures them.
        options: how.

    Raises:
        BundleError: a node cannot be parsed, the graph is not the manifest's, or it cannot be compiled.
        ConfigError: the library cannot be had or does not start, or does not know the GPUs to compile for.
    """
    chosen = options or BuildOptions()
    library = flavour.load()

    def build(stop: threading.Event) -> Built:
        chosen.use()
        return _build(flavour, library, path, graph, ranges, timing, chosen, monitor(library, stop))

    return interruptible(build)


def _build(
    flavour: Flavour,
    library: Any,
    path: Path,
    graph: Graph,
    ranges: Sequence[Range],
    timing: bytes | None,
    options: BuildOptions,
    watcher: Any,
) -> Built:
    started = time.monotonic()
    said = options.said or collector(library)
    builder = flavour.start(library.Builder, said)
    network = parse(flavour, library, builder, said, path)
    tensors = network_tensors(network, ranges)
    check_tensors(path.name, tensors, graph, ranges)
    config = _configuration(flavour, library, builder, options)
    config.progress_monitor = watcher
    times = None if flavour.ahead else _attach_times(config, timing)
    for number in range(len(ranges)):
        config.add_optimization_profile(_profile(builder, tensors, number))
    said.clear()
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise BundleError(f"{path.name} cannot be compiled by {flavour.title}: {said.told()}")
    measured = None if times is None else times.serialize()
    return Built(
        bytes(memoryview(engine)),
        tensors,
        None if measured is None else bytes(memoryview(measured)),
        time.monotonic() - started,
    )


def parse(flavour: Flavour, library: Any, builder: Any, said: Any, path: Path) -> Any:
    """Parse an ONNX file into a network.

    Raises:
        BundleError: a node cannot be parsed; the message names it, its operator and what is wrong.
    """
    network = flavour.network(library, builder)
    parser = library.OnnxParser(network, said)
    if not parser.parse_from_file(str(path)):
        errors = [_error(parser.get_error(index)) for index in range(parser.num_errors)]
        more = f" (and {len(errors) - _ERRORS_TOLD} more)" if len(errors) > _ERRORS_TOLD else ""
        told = "; ".join(errors[:_ERRORS_TOLD]) or said.told()
        raise BundleError(f"{path.name} cannot be parsed by {flavour.title}: {told}{more}")
    return network


def _error(error: Any) -> str:
    where = f"node {error.node_name()} ({error.node_operator()})" if error.node_operator() else "the file"
    return f"{where}: {(error.desc().splitlines() or [str(error.code())])[0]}"


def _configuration(flavour: Flavour, library: Any, builder: Any, options: BuildOptions) -> Any:
    config = builder.create_builder_config()
    flavour.aim(library, config, options.capabilities)
    if not options.tf32:
        config.clear_flag(library.BuilderFlag.TF32)
    if not flavour.ahead:
        config.set_memory_pool_limit(library.MemoryPoolType.WORKSPACE, _WORKSPACE)
    return config


def _attach_times(config: Any, timing: bytes | None) -> Any:
    """The cache of measured times that a build reads and writes; None where none is taken.

    One that was measured on another GPU or by another version is not taken: the times are measured anew.
    """
    for blob in (timing, b""):
        cache = None if blob is None else config.create_timing_cache(blob)
        if cache is not None and config.set_timing_cache(cache, False):
            return cache
    return None


def _profile(builder: Any, tensors: Sequence[EngineTensor], number: int) -> Any:
    profile = builder.create_optimization_profile()
    for tensor in (tensor for tensor in tensors if tensor.mode == "input"):
        profile.set_shape(tensor.name, *tensor.profiles[number])
    return profile
