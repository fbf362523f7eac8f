from pathlib import Path

import numpy as np
import torch

from export.frame_graphs import CountedStepClassifier, Glance, StepPolicy, WholePolicy
from models.place import ContinuousPlace
from tests.export.chain import GraphRunner, run_chain
from tests.export.conftest import Exported
from tests.models.small import PATCH, SIZES
from tests.models.small_networks import adafocus_v2, noise


def frames(videos: int, seed: int = 3) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    generator = np.random.default_rng(seed)
    return generator.standard_normal((videos, 3, 3, SIZES.glance_side, SIZES.glance_side)).astype(np.float32)


def test_the_chain_of_graphs_is_the_network(small: Exported) -> None:
    video = frames(3)
    found = run_chain(small.bundle, video)
    with torch.no_grad():
        wanted = small.model(torch.from_numpy(video))
    assert np.array_equal(found.corners, wanted.corners.numpy())
    assert np.abs(found.answers - wanted.answers.numpy()).max() < 1e-4


def test_half_precision_is_close_to_the_network(small_mean: Exported) -> None:
    video = frames(2)
    runner = GraphRunner(small_mean.bundle.folder)
    with torch.no_grad():
        wanted = small_mean.model(torch.from_numpy(video))
    vector = runner.run("glance.onnx", {"pixels": video[0]})["vector"]
    difference = np.abs(vector - wanted.gvec[0].numpy()).max()
    assert vector.dtype == np.float32
    assert 0 < difference < 0.1


def test_rectangles_are_row_column_height_width(small: Exported) -> None:
    maps = np.random.default_rng(0).standard_normal((40, 3, 32, 3, 3)).astype(np.float32)
    out = GraphRunner(small.bundle.folder).run("policy.onnx", {"map": maps * 4})
    chosen = out["logits"].argmax(2)
    assert len(np.unique(chosen)) > 3
    line = np.array([0, 12, 24, 36, 48])
    assert np.array_equal(out["rectangles"][..., 0], line[chosen // 5])
    assert np.array_equal(out["rectangles"][..., 1], line[chosen % 5])
    assert (out["rectangles"][..., 2:] == PATCH).all()


def test_stepping_through_the_mean_gives_the_whole(small_mean: Exported) -> None:
    generator = np.random.default_rng(5)
    glance = generator.standard_normal((2, 3, 32)).astype(np.float32)
    focus = generator.standard_normal((2, 3, 128)).astype(np.float32)
    runner = GraphRunner(small_mean.bundle.folder)
    whole = runner.run("classifier.onnx", {"glance": glance, "focus": focus})["logits"]
    state = np.zeros((2, 5), np.float32)
    for step in range(3):
        inputs = {"glance": glance[:, step], "focus": focus[:, step], "state": state}
        out = runner.run("classifier_step.onnx", inputs | {"step": np.full(2, step, np.int64)})
        state = out["next_state"]
        assert np.abs(out["logits"] - whole[:, step]).max() < 5e-3


@torch.no_grad()
def test_places_between_the_pixels_are_not_rounded() -> None:
    model = adafocus_v2()
    maps, _ = Glance(model.glance.net)(noise(8, 3, 64, 64))
    place = ContinuousPlace(24, whole=False)
    whole, scores, states = WholePolicy(model.policy, place, 40)(maps.unflatten(0, (2, 4)))
    torch.testing.assert_close(whole[..., :2], torch.sigmoid(scores) * 24)
    assert (whole[..., :2] != whole[..., :2].floor()).any()
    assert (whole[..., 2:] == 40).all()
    step, state, _ = StepPolicy(model.policy, place, 40)(maps[:1], torch.zeros(1, 10))
    torch.testing.assert_close(step, whole[:1, 0])
    torch.testing.assert_close(state, states[:1, 0])


@torch.no_grad()
def test_videos_at_different_steps_share_a_batch() -> None:
    network = adafocus_v2().classifier
    graph = CountedStepClassifier(network)
    glance, focus, state = noise(2, 16), noise(2, 128, seed=1), noise(2, 14, seed=2).abs()
    both, _ = graph(glance, focus, state, torch.tensor([0, 3]))
    for video, step in enumerate((0, 3)):
        one = slice(video, video + 1)
        alone, _ = graph(glance[one], focus[one], state[one], torch.tensor([step]))
        torch.testing.assert_close(both[one], alone)
    other, _ = graph(glance, focus, state, torch.tensor([1, 3]))
    assert not torch.equal(both[0], other[0])


def test_the_graphs_of_a_bundle_are_files(small_v2: Exported) -> None:
    folder: Path = small_v2.bundle.folder
    assert {path.name for path in folder.glob("*.onnx")} == {
        "glance.onnx",
        "policy.onnx",
        "policy_step.onnx",
        "focus.onnx",
        "classifier.onnx",
        "classifier_step.onnx",
    }
