import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from export.onnx_graph import write_graph
from foveate.bundle.manifest import Input, Output
from foveate.bundle.vocabulary import ElementType, Sink, Source
from models.frame_choice import FramesByImportance, MostProbableFrames


def by_the_rule(weights: np.ndarray, candidates: int, count: int) -> list[int]:
    """The published rule, step by step, with no thought for graphs."""
    glances, one = len(weights), np.float32(1)
    sums = [np.float32(0)]
    for weight in weights[:-1]:
        sums.append(sums[-1] + weight)
    sums.append(one)
    chosen: list[int] = []
    for k in range(count):
        level = (np.float32(k) + np.float32(0.5)) / np.float32(count)
        above = next(t for t, total in enumerate(sums) if total >= level)
        low, high, place = sums[above - 1], sums[above], np.float32(above - 1)
        upper = (place + one) / np.float32(glances) * (level - low)
        lower = place / np.float32(glances) * (level - high)
        number = int(np.floor((upper - lower) / (high - low) * np.float32(candidates)))
        if chosen and number <= chosen[-1]:
            number = chosen[-1] + 1
        chosen.append(min(number, candidates - count + k))
    return chosen


def peaked(seed: int, rows: int, glances: int) -> np.ndarray:
    scores = np.random.default_rng(seed).normal(size=(rows, glances)) * np.linspace(0, 8, rows)[:, None]
    return torch.softmax(torch.from_numpy(scores.astype(np.float32)), 1).numpy()


def test_golden_choices(shared: Path) -> None:
    name = shared / "golden" / "uni-adafocus-unit-frames"
    cases = json.loads(name.with_suffix(".json").read_text("utf-8"))["cases"]
    with np.load(name.with_suffix(".npz")) as arrays:
        for glances, candidates, count in cases:
            case = f"t{glances}_n{candidates}_k{count}"
            weights = torch.from_numpy(arrays[f"{case}_weights"])
            chosen, _ = FramesByImportance(glances, candidates, count)(weights)
            assert np.array_equal(chosen, arrays[f"{case}_index"]), case
    assert len(cases) == 6


@pytest.mark.parametrize(
    ("glances", "candidates", "count"), [(16, 48, 16), (8, 36, 12), (4, 9, 9), (3, 40, 1)]
)
def test_the_rule_step_by_step(glances: int, candidates: int, count: int) -> None:
    weights = peaked(7, 64, glances)
    chosen, real = FramesByImportance(glances, candidates, count)(torch.from_numpy(weights))
    assert chosen.tolist() == [by_the_rule(row, candidates, count) for row in weights]
    assert real.shape == chosen.shape
    assert (np.diff(chosen, axis=1) > 0).all()
    assert chosen.min() >= 0
    assert chosen.max() < candidates


def test_one_frame_with_all_the_weight() -> None:
    for place in range(4):
        weights = torch.zeros(1, 4)
        weights[0, place] = 1
        chosen, real = FramesByImportance(4, 12, 3)(weights)
        assert torch.isfinite(real).all()
        assert chosen.tolist() == [[3 * place, 3 * place + 1, 3 * place + 2]]


def test_more_frames_than_candidates() -> None:
    with pytest.raises(ValueError, match="13 of 12"):
        FramesByImportance(4, 12, 13)


def test_a_graph_makes_the_same_choice(tmp_path: Path) -> None:
    ports = [Input(name="weights", source=Source.GLANCE, of="weights", shape=(8,))]
    outputs = [
        Output(name="frames", sink=Sink.FRAMES, shape=(12,), dtype=ElementType.INT64),
        Output(name="real", sink=Sink.FEATURE, of="real", shape=(12,)),
    ]
    choose = FramesByImportance(8, 36, 12)
    write_graph(choose, ports, outputs, tmp_path / "choice.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "choice.onnx", providers=["CPUExecutionProvider"])
    weights = peaked(3, 500, 8)
    frames, real = session.run(None, {"weights": weights})
    chosen, wanted = choose(torch.from_numpy(weights))
    assert np.array_equal(frames, chosen)
    assert np.array_equal(real, wanted)


def test_the_most_probable_in_order_of_time() -> None:
    probabilities = torch.tensor([[0.1, 0.4, 0.05, 0.25, 0.2]])
    assert MostProbableFrames(3)(probabilities).tolist() == [[1, 3, 4]]
    assert MostProbableFrames(3, by_time=False)(probabilities).tolist() == [[1, 3, 4]]
    assert MostProbableFrames(4)(probabilities).tolist() == [[0, 1, 3, 4]]
    assert MostProbableFrames(4, by_time=False)(probabilities).tolist() == [[1, 3, 4, 0]]


def test_levels_may_be_drawn() -> None:
    choose = FramesByImportance(4, 12, 3)
    weights = torch.full((2, 4), 0.25)
    levels = torch.tensor([[1 / 6, 1 / 2, 5 / 6], [0.01, 0.4, 0.99]])
    frames, real = choose(weights, levels)
    usual, _ = choose(weights)
    assert torch.equal(frames[0], usual[0])
    torch.testing.assert_close(real, levels * 12)
    assert frames[1].tolist() == [0, 4, 11]
