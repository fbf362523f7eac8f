from collections.abc import Mapping, Sequence
from pathlib import Path

from export.plan_parity import lost_choices
from foveate.bundle.manifest import Graph
from foveate.parity.frames import smooth_frames
from foveate.runtimes.base import LoadedGraph, Tensor
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from tests.export.conftest import Exported
from tests.export.drafts import small_drafts
from tests.export.manifests import manifest_of


class Spoilt(OnnxCpuRuntime):
    """Gives a glance of other numbers."""

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        loaded = super().load(path, graph)
        return _Shaken(loaded) if path.name == "glance.onnx" else loaded


class _Shaken:
    def __init__(self, inner: LoadedGraph) -> None:
        self._inner = inner

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        return [value[..., ::-1].copy() for value in self._inner.run(inputs)]


def test_graphs_in_half_precision_keep_the_plan_and_spoilt_ones_do_not(small_uni_2d: Exported) -> None:
    bundle, draft = small_uni_2d.bundle, small_drafts()["uni"]
    frames = smooth_frames(1, bundle.manifest.sampling.pool, bundle.manifest.preprocessing.crop)
    arguments = (bundle.manifest, bundle.folder, draft.specs, frames)
    assert lost_choices(*arguments, OnnxCpuRuntime()) == 0
    assert lost_choices(*arguments, Spoilt()) > 0


def test_without_a_policy_nothing_can_be_lost() -> None:
    draft = small_drafts()["fixed"]
    manifest = manifest_of(draft)
    frames = smooth_frames(1, manifest.sampling.pool, 16)
    assert lost_choices(manifest, Path(), draft.specs, frames, OnnxCpuRuntime()) == 0
