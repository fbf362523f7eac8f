"""From an ONNX graph to an engine's bytes."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foveate.bundle.manifest import Graph
from foveate.errors import BundleError
from foveate.tensorrt.flavour import Flavour
from foveate.tensorrt.inspect import EngineTensor, check_tensors, network_tensors
from foveate.tensorrt.profiles import Range

log = logging.getLogger(__name__)

_ERRORS_TOLD = 3


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
    """

    tf32: bool = False
    capabilities: tuple[str, ...] = ()


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
        ConfigError: the library cannot be had, or does not know the GPUs to compile for.
    """
    options = options or BuildOptions()
    library = flavour.load()
    started = time.monotonic()
    said = collector(library)
    builder = library.Builder(said)
    network = parse(flavour, library, builder, said, path)
    tensors = network_tensors(network, ranges)
    check_tensors(path.name, tensors, graph, ranges)
    config = _configuration(flavour, library, builder, options, timing)
    for number in range(len(ranges)):
        config.add_optimization_profile(_profile(builder, tensors, number))
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise BundleError(f"{path.name} cannot be compiled by {flavour.title}: {said.told()}")
    times = None if flavour.ahead else bytes(memoryview(config.get_timing_cache().serialize()))
    return Built(bytes(memoryview(engine)), tensors, times, time.monotonic() - started)


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


def collector(library: Any) -> Any:
    """A logger for the library that keeps its errors for our own message, and logs its warnings."""

    class Collector(library.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            library.ILogger.__init__(self)
            self.errors: list[str] = []

        def log(self, severity: Any, message: str) -> None:
            if severity in (library.ILogger.ERROR, library.ILogger.INTERNAL_ERROR):
                self.errors.append(message.splitlines()[0])
            elif severity == library.ILogger.WARNING:
                log.debug("%s", message)

        def told(self) -> str:
            return "; ".join(self.errors[:_ERRORS_TOLD]) or "it does not say why"

    return Collector()


def _error(error: Any) -> str:
    where = f"node {error.node_name()} ({error.node_operator()})" if error.node_operator() else "the file"
    return f"{where}: {(error.desc().splitlines() or [str(error.code())])[0]}"


def _configuration(
    flavour: Flavour, library: Any, builder: Any, options: BuildOptions, timing: bytes | None
) -> Any:
    config = builder.create_builder_config()
    flavour.aim(library, config, options.capabilities)
    if not options.tf32:
        config.clear_flag(library.BuilderFlag.TF32)
    if not flavour.ahead:
        # One that was measured on another GPU is not taken, and the times are measured anew.
        config.set_timing_cache(config.create_timing_cache(timing or b""), False)
    return config


def _profile(builder: Any, tensors: Sequence[EngineTensor], number: int) -> Any:
    profile = builder.create_optimization_profile()
    for tensor in (tensor for tensor in tensors if tensor.mode == "input"):
        profile.set_shape(tensor.name, *tensor.profiles[number])
    return profile
