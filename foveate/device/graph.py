"""Graphs on a device, and what loads them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from foveate.bundle.manifest import Graph
from foveate.device.protocol import Stream
from foveate.engine.messages import Stage


class DeviceGraph(Protocol):
    """A graph that runs between tensors on the device.

    Attributes:
        capturable: whether its work may be captured.
        pixel_type: what it takes pixels in.
        pixel_layout: how it takes them.
    """

    capturable: bool
    pixel_type: torch.dtype
    pixel_layout: torch.memory_format

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """Enqueue one batch on the current stream.

        Args:
            inputs: each input by name, the batch axis first.

        Returns:
            The outputs in the manifest's order, the batch axis first.
        """
        ...


class GraphLoader(Protocol):
    """Loads graphs onto the device."""

    def load(self, path: Path, graph: Graph, stage: Stage, stream: Stream) -> DeviceGraph:
        """Load an ONNX file.

        Args:
            path: the file.
            graph: what the manifest says of it.
            stage: which network it is of.
            stream: on which it will run, unless it is captured.

        Raises:
            BundleError: the file cannot be loaded, or its inputs and outputs are not the manifest's.
        """
        ...
