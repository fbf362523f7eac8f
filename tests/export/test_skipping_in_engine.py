"""Videos through the engine on the networks themselves: what is dropped is never queued."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from export.adafocus_plus import draft
from export.runtimes import NetworkRuntime
from export.transform import MEAN, STD
from foveate.engine.messages import Answer, Options, Stage, Submit
from foveate.engine.queues import UnitQueues
from foveate.engine.scheduler import LaneRules
from foveate.engine.units import Unit
from foveate.parity.frames import normalised, smooth_frames
from tests.engine.fake import bundle
from tests.engine.harness import Harness
from tests.export.manifests import manifest_of
from tests.models.small import SIZES, small_plus

STEPS, VIDEOS = 6, 2
ROUTES = {
    "whole": Options(),
    "every": Options(every_step=True),
    "three": Options(max_answers=3),
}


@dataclass(frozen=True)
class Run:
    """What the engine answered, which patches it queued, and what the network gives."""

    answers: dict[str, Answer]
    queued: dict[str, set[int]]
    output: Any


def through_engine(threshold: float, mean: bool, monkeypatch: pytest.MonkeyPatch) -> Run:
    model = small_plus(threshold, mean)
    pixels = smooth_frames(VIDEOS, STEPS, SIZES.glance_side, seed=7)
    with torch.no_grad():
        output = model(torch.from_numpy(normalised(pixels, MEAN, STD)))
    made = draft(model, STEPS, None)
    manifest = manifest_of(made)
    units: list[Unit] = []
    push = UnitQueues.push

    def seen(self: UnitQueues, name: str, pushed: Iterable[Unit]) -> None:
        listed = list(pushed)
        units.extend(listed)
        push(self, name, listed)

    monkeypatch.setattr(UnitQueues, "push", seen)
    harness = Harness(rules=LaneRules(lanes=2, max_frames=4, max_videos=2))
    harness.engine._runtime = NetworkRuntime(made.specs)
    harness.engine._page = lambda page, _: pixels[page // STEPS, page % STEPS]
    harness.engine.add_bundle(manifest.name, bundle(manifest))
    names = [f"{video} {route}" for video in range(VIDEOS) for route in ROUTES]
    for name in names:
        video = int(name[0])
        pages = tuple(range(video * STEPS, (video + 1) * STEPS))
        harness.engine.handle(Submit(name, manifest.name, (pages,), ROUTES[name[2:]]))
    harness.wait(len(names), seconds=60)
    assert harness.engine.close()
    queued = {
        name: {unit.index for unit in units if unit.stage is Stage.FOCUS and unit.video == number}
        for number, name in enumerate(names)
    }
    return Run(harness.answers(), queued, output)


@pytest.mark.parametrize(
    ("threshold", "kept", "mean"),
    [(1.0, "none", False), (0.5, "some", False), (0.5, "some", True), (0.0, "all", False)],
)
def test_dropped_frames_are_never_queued_and_answers_are_the_networks(
    threshold: float, kept: str, mean: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = through_engine(threshold, mean, monkeypatch)
    share = run.output.kept.float().mean()
    assert {"none": share == 0, "some": 0 < share < 1, "all": share == 1}[kept]
    for name, answer in run.answers.items():
        video, steps = int(name[0]), answer.answers
        wanted = run.output.base.answers[video].numpy()
        keeps = run.output.kept[video, :steps].tolist()
        np.testing.assert_allclose(answer.logits, wanted[steps - 1], atol=1e-4)
        assert run.queued[name] == {step for step in range(steps) if keeps[step]}
        assert [look.focused for look in answer.looks] == keeps
        probabilities = np.array([look.keep for look in answer.looks], np.float32)
        np.testing.assert_allclose(probabilities, run.output.keep[video, :steps], atol=1e-5)
        # Every graph counts 1 here, so a step costs 4, and 3 where its patch is dropped.
        costs = tuple(int(cost) for cost in np.cumsum([3 + keep for keep in keeps]))
        assert answer.spent.by_answer == costs
        assert (answer.spent.nominal, answer.spent.full) == (costs[-1], 4 * STEPS)
        assert answer.spent.patches_focused == sum(keeps)
        planned = 2 if steps == STEPS else 2 * steps  # both recurrent networks whole, or a step each time
        assert answer.spent.executed == steps + planned + sum(keeps)
    for video in range(VIDEOS):
        every = run.answers[f"{video} every"].step_logits
        assert every is not None
        np.testing.assert_allclose(every, run.output.base.answers[video], atol=1e-4)
