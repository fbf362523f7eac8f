"""The one place for what differs between TensorRT (data-centre GPUs) and TensorRT-RTX (workstations).

Written to the Python API of TensorRT 10.1 and later, 11 included, and of TensorRT-RTX 1.7. TensorRT 11 knows
networks of one kind only, whose precision is the graph's own; 10 is asked for the same kind.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Any

from foveate.errors import ConfigError
from foveate.runtimes.gpu import Gpu, find_gpu

_OLDEST = (10, 1)
"""The first version whose contexts are told the size of the memory they are given."""
ANY = "any"
"""Stands for a fact about a GPU that an engine does not depend on."""


class FlavourName(StrEnum):
    """The flavours, by the name of their runtime."""

    TENSORRT = "tensorrt"
    RTX = "tensorrt-rtx"


@dataclass(frozen=True, slots=True)
class Target:
    """What an engine is built for, as far as it depends on it.

    Attributes:
        gpu: name of the GPU.
        compute_capability: as in "9.0".
        driver: its version.
    """

    gpu: str = ANY
    compute_capability: str = ANY
    driver: str = ANY


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
    def captures_itself(self) -> bool:
        """Whether the library captures a context's work in a CUDA graph, so that nobody else may."""
        return self.ahead

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
            return Target(compute_capability="+".join(capabilities) or ANY)
        if capabilities:
            raise ConfigError(
                f"{self.title} compiles for the GPU that is there; only TensorRT-RTX can be told"
            )
        gpu: Gpu = find_gpu(device)
        return Target(gpu.name, gpu.compute_capability, gpu.driver)

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
            name = "SM" + capability.replace(".", "")
            value = getattr(library.ComputeCapability, name, None)
            if value is None or not config.set_compute_capability(value, index):
                raise ConfigError(f"{self.title} {library.__version__} does not compile for {capability}")

    def context(self, library: Any, engine: Any) -> Any:
        """A context without memory of its own. Not run on a GPU yet.

        TensorRT-RTX is asked to capture each shape's launches in a CUDA graph by itself.
        """
        managed = library.ExecutionContextAllocationStrategy.USER_MANAGED
        if not self.ahead:
            return engine.create_execution_context(managed)
        config = engine.create_runtime_config()
        config.set_execution_context_allocation_strategy(managed)
        config.cuda_graph_strategy = library.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
        return engine.create_execution_context(config)


def flavour(name: FlavourName) -> Flavour:
    """A flavour by its name."""
    if name is FlavourName.RTX:
        return Flavour(name, "TensorRT-RTX", "tensorrt_rtx_bindings", ahead=True)
    return Flavour(name, "TensorRT", "tensorrt", ahead=False)
