import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from foveate.bundle.load import untrained_bundle
from foveate.bundle.manifest import Graph
from foveate.errors import BundleError
from foveate.runtimes.base import LoadedGraph, Tensor
from server.service import Service
from server.settings import Settings
from tests.server.live import SMALL, Gate, GatedRuntime


class NotingRuntime(GatedRuntime):
    """Notes which files were loaded and which have run."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.ran: set[str] = set()
        super().__init__(Gate())

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        self.files.add(graph.file)
        loaded = super().load(path, graph)
        plain = loaded.run

        def run(inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
            self.ran.add(graph.file)
            return plain(inputs)

        loaded.run = run  # type: ignore[method-assign]
        return loaded


def test_every_graph_runs_before_the_first_request() -> None:
    runtime = NotingRuntime()

    async def run() -> None:
        service = Service(Settings(**SMALL), runtime)
        await service.start()
        assert service.engine.drain_seconds() == 0
        assert service.levels()["pages_free"] == service.levels()["pages"]
        await service.close()

    asyncio.run(run())
    assert runtime.ran == runtime.files
    assert len(runtime.files) == 6


def test_a_bundle_that_does_not_run_is_refused() -> None:
    gate = Gate()
    gate.failure = RuntimeError("no")

    async def run() -> None:
        await Service(Settings(**SMALL), GatedRuntime(gate)).start()

    with pytest.raises(BundleError, match=f"{untrained_bundle()} cannot be used: the glance network failed"):
        asyncio.run(run())
