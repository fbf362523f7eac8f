from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from foveate.bundle.load import Bundle, load_bundle, untrained_bundle
from foveate.bundle.manifest import Graph
from foveate.engine.engine import Engine
from foveate.engine.executor import ChecksBundles, OpensDevice
from foveate.engine.scheduler import LaneRules
from foveate.errors import BundleError
from foveate.runtimes.base import LoadedGraph, Runtime, RuntimeInfo
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from foveate.runtimes.trial import Tried
from foveate.runtimes.wish import Wish
from foveate.video.slab import Slab
from server import assembly
from server.assembly import Assembly, assemble, tried
from server.catalogue import Catalogue
from server.settings import Settings
from server.telemetry import Telemetry
from tests.runtimes.picky import Picky
from tests.server.live import SMALL, with_exits


class Slabs:
    """The slabs that were made and not closed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open: list[Slab] = []
        slabs = self

        class Counted(Slab):
            def __init__(self, page_bytes: int, pages: int) -> None:
                super().__init__(page_bytes, pages)
                slabs.open.append(self)

            def close(self) -> None:
                super().close()
                slabs.open.remove(self)

        monkeypatch.setattr(assembly, "Slab", Counted)


class Opens:
    """A runtime whose device cannot load a bundle, nor be closed if it is told so."""

    info = RuntimeInfo("opens", "cuda:0 (Some GPU)", "why")

    def __init__(self, closes: bool = True) -> None:
        self.closed = 0
        self._closes = closes

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        raise AssertionError

    def rules(self, rules: LaneRules) -> LaneRules:
        return rules

    def open_device(self, slab: NDArray[np.uint8], rules: LaneRules, videos: int) -> "Opens":
        return self

    def make(self, bundle: object, plan: object) -> Any:
        raise BundleError("it cannot be captured")

    def close(self) -> None:
        self.closed += 1
        if not self._closes:
            raise RuntimeError("an illegal address was used")


def build(runtime: Runtime, *bundles: Path, **settings: Any) -> Assembly:
    catalogue = Catalogue.load(bundles or (untrained_bundle(),))
    chosen = Settings(**{**SMALL, **settings})
    return assemble(chosen, Wish(), catalogue, Telemetry(), lambda error: None, runtime)


def test_every_bundle_is_loaded_and_slab_and_lanes_suit_the_runtime(tmp_path: Path) -> None:
    parts = build(OnnxCpuRuntime("why"), untrained_bundle(), with_exits(tmp_path / "with-exits"), pages=48)
    assert (parts.lanes, parts.workers, parts.slab.pages) == (2, 1, 48)
    assert parts.engine.plan("untrained#0").steps == parts.engine.plan("with-exits#0").steps
    assert parts.engine.runtime.reason == "why"
    parts.close()


@pytest.mark.parametrize("loads", [False, True])
def test_nothing_is_left_of_what_cannot_load_or_run_a_bundle(
    monkeypatch: pytest.MonkeyPatch, loads: bool
) -> None:
    slabs = Slabs(monkeypatch)
    with pytest.raises(BundleError, match="does not run" if loads else "cannot be compiled"):
        build(tried(Picky("why", (), loads)))
    assert slabs.open == []


@pytest.mark.parametrize("closes", [True, False])
def test_a_device_is_closed_and_the_first_error_is_told(
    monkeypatch: pytest.MonkeyPatch, closes: bool
) -> None:
    slabs, runtime = Slabs(monkeypatch), Opens(closes)
    with pytest.raises(BundleError, match="it cannot be captured"):
        build(tried(runtime))
    assert (slabs.open, runtime.closed) == ([], 1)


def test_a_runtime_that_opens_a_device_tries_its_graphs_itself() -> None:
    runtime = Opens()
    assert isinstance(runtime, OpensDevice)
    assert tried(runtime) is runtime
    assert isinstance(tried(OnnxCpuRuntime()), Tried)


class Checks(OnnxCpuRuntime):
    """A runtime that looks at what it has made of a bundle, and does not like it."""

    def check(self, bundle: Bundle, graphs: Mapping[str, LoadedGraph]) -> None:
        raise BundleError(f"{bundle.manifest.name}: {len(graphs)} graphs choose otherwise")


def test_a_runtime_that_checks_bundles_still_does_when_it_is_tried() -> None:
    plain, checking = OnnxCpuRuntime("why"), Checks("why")
    assert isinstance(tried(plain), Tried)
    assert not isinstance(tried(plain), ChecksBundles)
    engine = Engine(tried(checking), LaneRules(lanes=1), lambda *_: pytest.fail("runs"), lambda _: None)
    with pytest.raises(BundleError, match="6 graphs choose otherwise"):
        engine.add_bundle("x", load_bundle(untrained_bundle()))
