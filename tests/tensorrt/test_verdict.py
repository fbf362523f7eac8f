from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from foveate.bundle.load import Bundle, load_bundle, untrained_bundle
from foveate.engine.lanes import DeviceLostError
from foveate.errors import BundleError, ExecutionError
from foveate.runtimes import onnx_cpu
from foveate.runtimes.base import LoadedGraph, Tensor
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from foveate.tensorrt.cache import EngineCache, Kept, read_record
from foveate.tensorrt.key import PlanVerdict
from foveate.tensorrt.verdict import check_plan, looking
from tests.tensorrt.made import built, key


class Turned:
    """A glance that sees something else; counts its batches."""

    def __init__(self, inner: LoadedGraph, turned: bool) -> None:
        self._inner = inner
        self._turned = turned
        self.runs = 0

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        self.runs += 1
        step = -1 if self._turned else 1
        return [value[..., ::step].copy() for value in self._inner.run(inputs)]


class Failing:
    def __init__(self, error: BaseException) -> None:
        self._error = error

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        raise self._error


class Served:
    """The embedded bundle with engines for its glance and policy, which ONNX Runtime stands in for."""

    def __init__(self, folder: Path) -> None:
        self.bundle: Bundle = load_bundle(untrained_bundle())
        self.cache = EngineCache(folder)
        self.files = {graph.file: graph for graph in looking(self.bundle)}

    def kept(self, version: str = "11") -> dict[str, Kept]:
        return {file: self._kept(file, version) for file in self.files}

    def _kept(self, file: str, version: str) -> Kept:
        wanted = key(graph_sha256=self.bundle.manifest.files[file], version=version)
        engine = f"{file} {version}".encode()
        return self.cache.get(file.split(".")[0], wanted, lambda timing: built(engine))[0]

    def graphs(self, turned: bool = False) -> dict[str, LoadedGraph]:
        runtime = OnnxCpuRuntime()
        found = {file: runtime.load(self.bundle.folder / file, graph) for file, graph in self.files.items()}
        return found | {"glance.onnx": Turned(found["glance.onnx"], turned)}


@pytest.fixture
def served(tmp_path: Path) -> Served:
    return Served(tmp_path / "engines")


def runs(graphs: dict[str, LoadedGraph]) -> int:
    glance = graphs["glance.onnx"]
    assert isinstance(glance, Turned)
    return glance.runs


def test_what_a_plan_depends_on(served: Served) -> None:
    assert list(served.files) == ["policy.onnx", "policy_step.onnx", "glance.onnx"]
    networks = served.bundle.manifest.networks.model_copy(update={"policy": None})
    manifest = served.bundle.manifest.model_copy(update={"networks": networks})
    fixed = Bundle(served.bundle.folder, manifest, served.bundle.labels)
    assert looking(fixed) == []
    assert check_plan(fixed, {}, {}, served.cache) is None


def test_engines_that_choose_like_a_cpu_are_looked_at_once(served: Served) -> None:
    graphs = served.graphs()
    verdict = check_plan(served.bundle, graphs, served.kept(), served.cache)
    engines = {file: each.record.engine_sha256 for file, each in served.kept().items()}
    assert verdict == PlanVerdict(engines=engines, videos=2, lost=0)
    assert served.kept()["policy.onnx"].record.plan == verdict
    looked = runs(graphs)
    assert looked > 0
    assert check_plan(served.bundle, graphs, served.kept(), served.cache) == verdict
    assert runs(graphs) == looked
    # A verdict is one on these engines, and on no others.
    policy = served.kept()["policy.onnx"]
    other = served.kept("12") | {"policy.onnx": policy}
    assert check_plan(served.bundle, graphs, other, served.cache) != verdict
    assert runs(graphs) > looked


def test_engines_that_choose_otherwise_are_refused_again_and_again(served: Served) -> None:
    graphs, wanted = served.graphs(turned=True), r"make \d+ choices otherwise than a CPU does, on 2 made-up"
    with pytest.raises(BundleError, match=wanted):
        check_plan(served.bundle, graphs, served.kept(), served.cache)
    looked = runs(graphs)
    record = read_record(served.kept()["policy.onnx"].path)
    assert record is not None
    assert record.plan is not None
    assert record.plan.lost > 0
    with pytest.raises(BundleError, match=wanted):
        check_plan(served.bundle, graphs, served.kept(), served.cache)
    assert runs(graphs) == looked


@pytest.mark.parametrize("error", [ExecutionError("CUDA: no"), DeviceLostError("CUDA: no")])
def test_engines_that_do_not_run(served: Served, error: BaseException) -> None:
    graphs = served.graphs() | {"glance.onnx": Failing(error)}
    with pytest.raises(BundleError, match="its engines do not run: CUDA: no"):
        check_plan(served.bundle, graphs, served.kept(), served.cache)


def test_without_a_cpu_to_compare_with_nothing_is_said_of_them(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*arguments: object) -> LoadedGraph:
        raise BundleError("glance.onnx is in bf16")

    monkeypatch.setattr(onnx_cpu.OnnxCpuRuntime, "load", refuse)
    assert check_plan(served.bundle, {}, served.kept(), served.cache) is None
    assert "is not held to a CPU's: glance.onnx is in bf16" in caplog.text
    assert served.kept()["policy.onnx"].record.plan is None


def test_a_verdict_that_cannot_be_kept_holds_all_the_same(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    kept = served.kept()
    monkeypatch.setattr(served.cache, "note", refuse)
    verdict = check_plan(served.bundle, served.graphs(), kept, served.cache)
    assert verdict is not None
    assert "the verdict on its plan cannot be kept: Permission denied" in caplog.text
