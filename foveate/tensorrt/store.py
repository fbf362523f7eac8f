"""Engines of a bundle's graphs for one target: from the cache, or built."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from foveate.bundle.hashes import sha256
from foveate.bundle.manifest import Graph
from foveate.runtimes.weights import weight_precision
from foveate.tensorrt.build import BuildOptions, Built, build_engine
from foveate.tensorrt.cache import EngineCache, Kept
from foveate.tensorrt.flavour import Flavour, Target, capabilities_of
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

    def engine(
        self, path: Path, graph: Graph, ranges: tuple[Range, ...], refused: str | None = None
    ) -> tuple[Kept, bytes]:
        """The engine of a graph, for batches of the given ranges, and its bytes.

        Args:
            path: the ONNX file.
            graph: what the manifest says of it.
            ranges: batch sizes.
            refused: SHA-256 of an engine that the library does not take.

        Raises:
            BundleError: the graph cannot be parsed or compiled.
            ConfigError: the library cannot be had, or the cache cannot be written.
        """
        key = self._there(path.stem, self.key(path, ranges))
        # Where an engine for several GPUs is there, it is for the same ones that it is built anew.
        options = replace(self.options, capabilities=capabilities_of(key.compute_capability))
        build = partial(self._build, path, graph, ranges, options)
        return self.cache.get(path.stem, key, build, refused)

    def key(self, path: Path, ranges: tuple[Range, ...]) -> EngineKey:
        """What a graph's engine depends on."""
        return EngineKey(
            graph_sha256=sha256(path),
            flavour=self.flavour.name,
            version=self.flavour.load().__version__,
            gpu=self.target.gpu,
            compute_capability=self.target.compute_capability,
            memory=self.target.memory,
            driver=self.target.driver,
            precision=weight_precision(path),
            tf32=self.options.tf32,
            profiles=ranges,
        )

    def _there(self, name: str, key: EngineKey) -> EngineKey:
        """The key of an engine that is there for this GPU among others; else the one that was asked for."""
        for kept in self.cache.alike(name, key):
            found = kept.record.key
            same = found.model_copy(update={"compute_capability": key.compute_capability}) == key
            if same and self.target.takes(found.compute_capability):
                return found
        return key

    def _build(
        self,
        path: Path,
        graph: Graph,
        ranges: tuple[Range, ...],
        options: BuildOptions,
        timing: bytes | None,
    ) -> Built:
        return build_engine(self.flavour, path, graph, ranges, timing, options)
