"""Compiling every graph of a bundle, and looking at what came out."""

from pathlib import Path

from foveate.bundle.load import Bundle
from foveate.bundle.manifest import Graph
from foveate.runtimes.wish import Wish
from foveate.tensorrt.build import build_engine
from foveate.tensorrt.bundle import graphs
from foveate.tensorrt.flavour import Flavour
from foveate.tensorrt.profiles import Range, ranges
from tests.device.on_meta import assert_stays_on_device
from tests.tensorrt.engine_file import Entry, read_entries

SERVED = Wish(max_frames=4, max_videos=6)
"""One range of frames and two of videos."""


def batch(sizes: Range) -> int:
    """What an engine's table says of the batch axis: a range of one size is that size."""
    return sizes.most if sizes.least == sizes.most else -1


def assert_compiles(bundle: Bundle, rtx: Flavour) -> None:
    """Compile every graph of a bundle; torch, too, must be able to run each on a GPU."""
    for graph in graphs(bundle):
        assert_graph_compiles(bundle.folder / graph.file, graph, rtx)
        assert_stays_on_device(bundle.folder / graph.file, graph)


def assert_graph_compiles(path: Path, graph: Graph, rtx: Flavour) -> None:
    """Compile a graph for its buckets; the engine's own table must be the manifest's, in every profile."""
    found = ranges(SERVED.most_units(graph))
    engine = build_engine(rtx, path, graph, found).engine
    wanted = {
        Entry(port.name, mode, port.dtype.value, (batch(one), *port.shape), number)
        for mode, ports in (("input", graph.inputs), ("output", graph.outputs))
        for port in ports
        for number, one in enumerate(found)
    }
    entries = read_entries(engine)
    assert len(entries) == len(wanted), path
    assert set(entries) == wanted, path
