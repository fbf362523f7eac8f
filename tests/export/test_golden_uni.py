from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from export.golden import GoldenSet, load_golden
from export.golden_case import NetworkCase, NetworkRun
from export.golden_networks import in_torch, run_network
from export.golden_uni import (
    _whole_name,
    ocsampler_case,
    uni_adafocus_case,
    uni_adafocus_tsm_case,
    uni_adafocus_x3d_case,
)
from tests.export.drafts import small_drafts


def test_a_thinned_array_is_of_the_whole_one() -> None:
    assert _whole_name("global_featmap_sample") == _whole_name("global_featmap_stat") == "global_featmap"
    assert _whole_name("sampled_frames") == "sampled_frames"


def test_a_published_set_in_torch(shared: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    golden = load_golden(shared / "golden", "ocsampler-anet-k6")
    _, run = run_network(golden, ocsampler_case(), tmp_path / "checkpoint")
    assert [line.text() for line in in_torch("set", golden, run) if not line.met] == []
    assert run.answers.shape == (2, 6, 200)


CONFIG = {"patch_size": 32, "glance_frames": 2, "candidate_frames": 6, "focus_frames": 3}
GOLDEN = GoldenSet(
    {"config": CONFIG, "input": {"shape": [1, 12, 8, 8, 3]}},
    {},
    lambda *_: np.zeros(1),
    lambda *_: np.zeros(1, np.uint8),
)


@pytest.mark.parametrize(
    ("system", "case"),
    [
        ("uni", uni_adafocus_case()),
        ("uni tsm", uni_adafocus_tsm_case()),
        ("uni x3d", uni_adafocus_x3d_case()),
        ("ocsampler", ocsampler_case()),
    ],
)
def test_arrays_are_looked_for_where_there_are_ports(system: str, case: NetworkCase) -> None:
    specs = small_drafts()[system].specs
    ports = {(spec.file, port.name) for spec in specs for port in spec.inputs}
    ports |= {(spec.file, port.name) for spec in specs for port in spec.outputs}
    places = [place for found in case.graphs(GOLDEN).values() for place in found]
    assert {(place.file, place.port) for place in places} <= ports


def test_pools_of_one_list_and_of_two() -> None:
    assert uni_adafocus_case().pool(GOLDEN) == [1, 3, 5, 7, 9, 11]
    assert uni_adafocus_tsm_case().pool(GOLDEN) == [3, 9, 1, 3, 5, 7, 9, 11]


def test_glance_steps_before_the_last_are_those_of_the_run() -> None:
    steps = np.arange(2 * 5 * 6, dtype=np.float32).reshape(2, 5, 6)
    answers = -steps[:, 1:]
    found = uni_adafocus_case().answers(GOLDEN, answers, NetworkRun({"step_logits": steps}, answers))
    assert np.array_equal(found["step_logits"], np.concatenate([steps[:, :1], answers], 1))
    assert found["top5"].shape == (2, 5)
    assert np.array_equal(found["exit_confidence_maxlogit"], answers.max(2))


def test_frames_by_rank_are_compared_in_order_of_time() -> None:
    found = ocsampler_case().planned(np.array([[4, 0, 2], [1, 3, 0]]), np.zeros((2, 3, 4)))
    assert found["frame_index"].tolist() == [[0, 2, 4], [0, 1, 3]]
    (place,) = ocsampler_case().graphs(GOLDEN)["backbone_feat"]
    assert place.by_time


def test_looks_of_each_step_or_of_the_video() -> None:
    frames, rectangles = np.zeros((2, 3)), np.arange(24).reshape(2, 3, 4)
    assert uni_adafocus_case().planned(frames, rectangles)["focus_rect_yxhw"].shape == (2, 3, 4)
    assert uni_adafocus_x3d_case().planned(frames, rectangles)["rect_yxhw"].shape == (2, 4)


@pytest.mark.parametrize("clips", [None, "prob"])
def test_scores_are_those_that_the_published_test_returns(clips: str | None) -> None:
    golden = replace(GOLDEN, spec={"config": CONFIG | {"average_clips": clips}})
    answers = np.array([[[9.0, 0.0, 1.0], [2.0, 1.0, 0.0]]], np.float32)
    once = torch.softmax(torch.tensor([[2.0, 1.0, 0.0]]), 1)
    wanted = once if clips is None else torch.softmax(once, 1)
    found = ocsampler_case().answers(golden, answers, NetworkRun({}, answers))
    np.testing.assert_allclose(found["scores"], wanted.numpy(), rtol=1e-6)
    assert found["top5"].tolist() == [[0, 1, 2]]
