"""Graphs on torch's meta device: shapes without numbers, which mix with the host as little as a GPU's."""

from pathlib import Path

import torch

from foveate.bundle.manifest import Graph
from foveate.device.torch_graph import TorchGraph

META = torch.device("meta")


def assert_stays_on_device(path: Path, graph: Graph) -> None:
    """No step may need a value on the host, or take a tensor from there."""
    given = {
        port.name: torch.empty((3, *port.shape), dtype=getattr(torch, port.dtype.value), device=META)
        for port in graph.inputs
    }
    outputs = TorchGraph(path, graph, META).run(given)
    assert [(o.device, tuple(o.shape)) for o in outputs] == [(META, (3, *o.shape)) for o in graph.outputs], (
        path
    )
