"""Engines of a bundle's graphs for one target: from the cache, or built."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from foveate.bundle.hashes import sha256
from foveate.bundle.manifest import Graph
from foveate.runtimes.weights import weight_precision
from foveate.tensorrt.build import BuildOptions, Built, build_engine
from foveate.tensorrt.cache import EngineCache, Kept
from foveate.tensorrt.flavour import Flavour, Target
from foveate.tensorrt.key import EngineKey
from foveate.tensorrt.profiles import Range


@dataclass(frozen=True, slots=True)
class EngineStore:
    """Builds engines of one flavour for one target, and keeps them.

    Attributes:
        flavour: by which library.
        target: for what.
        cache: where they are kept.
        options: how they are built.
    """

    flavour: Flavour
    target: Target
    cache: EngineCache
    options: BuildOptions

    def engine(self, path: Path, graph: Graph, ranges: tuple[Range, ...]) -> Kept:
        """The engine of a graph, for batches of the given ranges.

        Raises:
            BundleError: the graph cannot be parsed or compiled.
            ConfigError: the library cannot be had, or the cache cannot be written.
        """
        key = self.key(path, ranges)
        build = partial(self._build, path, graph, ranges)
        return self.cache.get(path.stem, key, build)

    def key(self, path: Path, ranges: tuple[Range, ...]) -> EngineKey:
        """What a graph's engine depends on."""
        return EngineKey(
            graph_sha256=sha256(path),
            flavour=self.flavour.name,
            version=self.flavour.load().__version__,
            gpu=self.target.gpu,
            compute_capability=self.target.compute_capability,
            driver=self.target.driver,
            precision=weight_precision(path),
            tf32=self.options.tf32,
            profiles=ranges,
        )

    def _build(self, path: Path, graph: Graph, ranges: tuple[Range, ...], timing: bytes | None) -> Built:
        return build_engine(self.flavour, path, graph, ranges, timing, self.options)
