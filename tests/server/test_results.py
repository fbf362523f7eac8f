import math
import time
from dataclasses import replace

import pytest

from foveate.bundle.manifest import Exits, ExitSetting
from foveate.bundle.vocabulary import Measure
from foveate.engine.messages import Options
from foveate.runtimes.base import RuntimeInfo
from server.parameters import Parameters
from server.results import classification, server_timing
from server.schemas import Classification, ExitSettingUsed
from tests.server import made


def answer(parameters: Parameters, container: str = "mov", rotation: int = 0) -> Classification:
    info = RuntimeInfo("some runtime", "cpu", "why")
    outcome = made.outcome(container, rotation)
    return classification("r1", made.model(), info, parameters, outcome, 0.25, time.monotonic() - 1)


def test_scores_are_a_softmax() -> None:
    best, second = answer(Parameters(top_k=2)).predictions
    total = math.exp(2) + math.exp(1) + 8
    assert (best.index, second.index) == (3, 7)
    assert best.score == pytest.approx(math.exp(2) / total)
    assert second.score == pytest.approx(math.exp(1) / total)


def test_compute_is_told_in_billions() -> None:
    compute = answer(Parameters()).compute
    assert (compute.gflops, compute.gflops_nominal) == (0.35, 0.3)
    assert compute.saving_of_full == pytest.approx(1 - 0.3 / 2.4)
    assert compute.saving_of_dense == pytest.approx(1 - 0.3 / 4.0)
    assert (compute.exit, compute.answers, compute.degraded) == ("budget", 2, True)


def test_the_setting_that_was_used_is_told() -> None:
    assert answer(Parameters()).compute.exit_setting is None
    model = made.model()
    nominal = model.bundle.manifest.cost.nominal
    setting = ExitSetting(thresholds=(1.0,) * 16, multiply_adds=7.5e8, accuracy=0.5, shares=(1 / 16,) * 16)
    never = setting.model_copy(update={"thresholds": (1e8,) * 16, "multiply_adds": float(nominal[-1])})
    exits = Exits(measure=Measure.NEGATIVE_ENTROPY, settings=(setting, never), default=1, source="made up")
    manifest = model.bundle.manifest.model_copy(update={"exits": exits})
    calibrated = replace(model, bundle=replace(model.bundle, manifest=manifest))
    outcome = replace(made.outcome(), options=Options(thresholds=(1.0,) * 16))
    info = RuntimeInfo("some runtime", "cpu", "why")
    compute = classification("r1", calibrated, info, Parameters(), outcome, 0.25, time.monotonic()).compute
    assert compute.exit_setting == ExitSettingUsed(
        number=0, measure="negative-entropy", gflops_mean=0.75, accuracy=0.5
    )


def test_times() -> None:
    timing = answer(Parameters()).timing_ms
    assert (timing.upload, timing.decode) == (250, 50)
    assert (timing.wait_pages, timing.wait_decode, timing.wait_lane) == (1, 2, 4)
    assert (timing.glance, timing.policy, timing.focus) == (10, 0, 20)
    assert 1000 <= timing.total < 1500
    assert server_timing(timing).startswith(
        "upload;dur=250, wait_pages;dur=1, wait_decode;dur=2, decode;dur=50, wait_lane;dur=4, glance;dur=10, "
    )


def test_patches_are_mapped_to_the_source() -> None:
    assert answer(Parameters()).patches is None
    patches = answer(Parameters(explain=True)).patches
    assert patches is not None
    first, second = patches
    # The crop begins 144 pixels from the left and 16 from the top of a frame that was not resized.
    box = first.box
    assert (box.x, box.y, box.width, box.height) == (144 + 20, 16 + 10, 96, 96)
    assert (first.frame, first.time_s, first.focused) == (30, 1.2, True)
    assert not second.focused


def test_patches_of_a_rotated_video_are_in_its_coded_frame() -> None:
    patches = answer(Parameters(explain=True), rotation=90).patches
    assert patches is not None
    # Upright it is 256 x 512: there the box begins at x = 16 + 20 and y = 144 + 10. Turned back clockwise,
    # upright y runs against coded x.
    box = patches[0].box
    assert (box.x, box.y) == (512 - (144 + 10) - 96, 16 + 20)


def test_raw_frames_have_no_times() -> None:
    patches = answer(Parameters(explain=True), container="raw").patches
    assert patches is not None
    assert {patch.time_s for patch in patches} == {None}


def test_steps_name_the_best_class_and_its_cost() -> None:
    steps = answer(Parameters()).steps
    assert steps is not None
    assert [(step.answer, step.index) for step in steps] == [(1, 4), (2, 3)]
    assert [step.gflops_nominal for step in steps] == [0.2, 0.3]
