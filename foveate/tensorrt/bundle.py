"""Engines of every graph of a bundle, built before anything is served."""

from collections.abc import Iterator

from foveate.bundle.load import Bundle
from foveate.bundle.manifest import Graph
from foveate.runtimes.wish import Wish
from foveate.tensorrt.cache import Kept
from foveate.tensorrt.profiles import ranges
from foveate.tensorrt.store import EngineStore


def graphs(bundle: Bundle) -> list[Graph]:
    """Every graph of a bundle, in the order in which a video meets them."""
    networks = bundle.manifest.networks
    present = [n for n in (networks.glance, networks.policy, networks.focus, networks.classifier) if n]
    return [graph for network in present for graph in network.forms.values()]


def build_bundle(bundle: Bundle, store: EngineStore, wish: Wish) -> Iterator[Kept]:
    """Build the engine of each graph that has none, one after another.

    Args:
        bundle: as loaded.
        store: where engines come from.
        wish: the batch sizes that will be served.

    Raises:
        BundleError: a graph cannot be parsed or compiled.
        ConfigError: the library cannot be had, or the cache cannot be written.
    """
    for graph in graphs(bundle):
        yield store.engine(bundle.folder / graph.file, graph, ranges(wish.most_units(graph)))[0]
