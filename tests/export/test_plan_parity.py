from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from export.frames import smooth_frames
from export.plan_parity import MARGIN, frame_margin, lost, lost_choices
from foveate.bundle.manifest import Graph
from foveate.runtimes.base import LoadedGraph, Tensor
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from tests.export.conftest import Exported
from tests.export.drafts import small_drafts
from tests.export.manifests import manifest_of


def rectangles(*corners: int) -> np.ndarray:
    return np.array([[[corner, 0, 40, 40] for corner in corners]], np.float32)


@pytest.mark.parametrize(("gap", "count"), [(0.0, 0), (MARGIN / 2, 0), (MARGIN * 1.01, 1), (1.0, 1)])
def test_a_margin_of_a_hundredth_must_survive(gap: float, count: int) -> None:
    scores = np.zeros((1, 2, 4), np.float32)
    scores[0, :, 2] = gap
    wanted = {"rectangles": rectangles(7, 7), "logits": scores}
    assert lost({"rectangles": rectangles(7, 7)}, wanted) == 0
    assert lost({"rectangles": rectangles(7, 9)}, wanted) == count


@pytest.mark.parametrize("scores", [{}, {"logits": np.zeros((1, 1, 2), np.float32)}])
def test_a_place_between_the_pixels_may_move_by_one(scores: dict[str, np.ndarray]) -> None:
    wanted = {"rectangles": rectangles(7), **scores}
    assert lost({"rectangles": rectangles(8)}, wanted) == 0
    assert lost({"rectangles": rectangles(9)}, wanted) == 1


def test_frames_that_were_no_near_tie() -> None:
    sure = {"frames": np.array([[0, 2]]), "probabilities": np.array([[0.5, 0.1, 0.4]], np.float32)}
    tie = {"frames": np.array([[0, 2]]), "probabilities": np.array([[0.5, 0.245, 0.25]], np.float32)}
    other = {"frames": np.array([[0, 1]])}
    assert [lost(other, sure), lost(other, tie), lost(sure, sure)] == [1, 0, 0]
    by_time = {"frames": np.array([[3, 9]]), "real": np.array([[3.5, 9.4]])}
    edge = {"frames": np.array([[3, 9]]), "real": np.array([[3.999, 9.4]])}
    assert [lost({"frames": np.array([[4, 9]])}, each) for each in (by_time, edge)] == [1, 0]
    assert frame_margin({"frames": np.zeros((1, 3)), "probabilities": np.ones((1, 3))}) == [np.inf]


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
