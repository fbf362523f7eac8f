"""The one place for what differs between TensorRT (data-centre GPUs) and TensorRT-RTX (workstations).

Written to the Python API of TensorRT 10.1 and later, 11 included, and of TensorRT-RTX 1.7. TensorRT 11 knows
networks of one kind only, whose precision is the graph's own; 10 is asked for the same kind.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib import import_module
from typing import Any

from foveate.errors import ConfigError
from foveate.runtimes.gpu import Gpu, find_gpu

_OLDEST = (10, 1)
"""The first version whose contexts are told the size of the memory they are given."""
ANY = "any"
"""Stands for a fact about a GPU that an engine does not depend on."""
_TO_BE_NAMED = ("7.5",)
"""Compute capabilities that TensorRT-RTX knows and does not compile for unless it is told to."""


class FlavourName(StrEnum):
    """The flavours, by the name of their runtime."""

    TENSORRT = "tensorrt"
    RTX = "tensorrt-rtx"


@dataclass(frozen=True, slots=True)
class Target:
    """What an engine is built for, as far as it depends on it.

    Attributes:
        gpu: name of the GPU.
        compute_capability: as in "9.0"; of more than one GPU as in "8.9+12.0".
        memory: bytes of the GPU's memory; 0 where an engine does not depend on it.
        driver: its version.
        runs_on: compute capability of the GPU that will run them, where they may be for others too; None
            where that is not known.
    """

    gpu: str = ANY
    compute_capability: str = ANY
    memory: int = 0
    driver: str = ANY
    runs_on: str | None = None

    def takes(self, compute_capability: str) -> bool:
        """Whether engines for these compute capabilities, named one by one, run where they will be run."""
        return self.runs_on is not None and self.runs_on in capabilities_of(compute_capability)


@dataclass(frozen=True, slots=True)
class Flavour:
    """One of the two libraries.

    Attributes:
        name: of the runtime.
        title: as its maker writes it.
        module: what is imported.
        ahead: whether it compiles without a GPU, for compute capabilities it is told; its engines then do not
            depend on one GPU, its driver or measured times.
    """

    name: FlavourName
    title: str
    module: str
    ahead: bool

    @property
    def captured(self) -> bool:
        """Whether what a context does is captured in a CUDA graph.

        With TensorRT-RTX it is not, until that has been seen to work on a GPU: its own graphs do not go
        together with memory that contexts share.
        """
        return not self.ahead

    def load(self) -> Any:
        """The library's module.

        Raises:
            ConfigError: it is not installed, lacks a library of its own, or is too old.
        """
        try:
            library = import_module(self.module)
        except (ImportError, OSError) as error:
            raise ConfigError(f"{self.title} cannot be had: {str(error).splitlines()[0]}") from error
        found = tuple(map(int, re.findall(r"\d+", library.__version__)[:2]))
        if not self.ahead and found < _OLDEST:
            raise ConfigError(f"{self.title} {library.__version__} is too old: 10.1 or later is needed")
        return library

    def target(self, device: int, capabilities: Sequence[str]) -> Target:
        """What engines are built for.

        Args:
            device: number of the GPU.
            capabilities: compute capabilities to compile for; none for what the library takes by itself.

        Raises:
            ConfigError: there is no GPU where one is needed, or capabilities cannot be chosen.
        """
        if self.ahead:
            return Target(compute_capability=_several(capabilities))
        if capabilities:
            raise ConfigError(
                f"{self.title} compiles for the GPU that is there; only TensorRT-RTX can be told"
            )
        gpu: Gpu = find_gpu(device)
        return Target(gpu.name, gpu.compute_capability, gpu.memory, gpu.driver)

    def serving_target(self, device: int) -> Target:
        """What engines are built for that will run on the GPU which is there.

        Raises:
            ConfigError: there is no GPU, or the library has no engines for it.
        """
        if not self.ahead:
            return self.target(device, ())
        capability, library = find_gpu(device).compute_capability, self.load()
        if not hasattr(library.ComputeCapability, _sm(capability)):
            raise ConfigError(
                f"{self.title} {library.__version__} has no engines for compute capability {capability}"
            )
        named = (capability,) if capability in _TO_BE_NAMED else ()
        return replace(self.target(device, named), runs_on=capability)

    def start(self, part: Any, said: Any) -> Any:
        """Make a builder or a runtime, which tells ``said`` what it has to say.

        Raises:
            ConfigError: the library does not start.
        """
        try:
            return part(said)
        except TypeError as error:  # what its bindings make of a library that gives nothing
            raise ConfigError(f"{self.title} does not start: {said.told()}") from error

    def network(self, library: Any, builder: Any) -> Any:
        """An empty network whose precision is that of the graph."""
        flag = getattr(library.NetworkDefinitionCreationFlag, "STRONGLY_TYPED", None)
        return builder.create_network(0 if flag is None else 1 << int(flag))

    def aim(self, library: Any, config: Any, capabilities: Sequence[str]) -> None:
        """Tell a configuration which GPUs to compile for.

        Raises:
            ConfigError: the library does not know one of them.
        """
        if not self.ahead or not capabilities:
            return
        config.num_compute_capabilities = len(capabilities)
        for index, capability in enumerate(capabilities):
            value = getattr(library.ComputeCapability, _sm(capability), None)
            if value is None or not config.set_compute_capability(value, index):
                raise ConfigError(f"{self.title} {library.__version__} does not compile for {capability}")

    def settings(self, library: Any, engine: Any) -> Any:
        """What all contexts of an engine are made with, to be kept as long as they. Not run on a GPU yet.

        They bring no memory of their own. TensorRT-RTX is asked to compile the kernels for a context's shapes
        before it first runs: not beside it, so that a plan does not change when they are ready.
        """
        managed = library.ExecutionContextAllocationStrategy.USER_MANAGED
        if not self.ahead:
            return managed
        config = engine.create_runtime_config()
        config.set_execution_context_allocation_strategy(managed)
        config.cuda_graph_strategy = library.CudaGraphStrategy.DISABLED
        eager = library.DynamicShapesKernelSpecializationStrategy.EAGER
        config.dynamic_shapes_kernel_specialization_strategy = eager
        return config


def flavour(name: FlavourName) -> Flavour:
    """A flavour by its name."""
    if name is FlavourName.RTX:
        return Flavour(name, "TensorRT-RTX", "tensorrt_rtx_bindings", ahead=True)
    return Flavour(name, "TensorRT", "tensorrt", ahead=False)


def capabilities_of(compute_capability: str) -> tuple[str, ...]:
    """The compute capabilities that are named one by one in a key or a target; none for ``ANY``."""
    return () if compute_capability == ANY else tuple(compute_capability.split("+"))


def _several(capabilities: Sequence[str]) -> str:
    """The same for the same ones in any order."""
    return "+".join(sorted(set(capabilities), key=lambda text: (len(text), text))) or ANY


def _sm(capability: str) -> str:
    return "SM" + capability.replace(".", "")
