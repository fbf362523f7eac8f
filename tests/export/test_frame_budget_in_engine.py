"""A number of frames as a budget: what the engine answers after k frames is the network that keeps k."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from export.ocsampler import draft
from export.runtimes import NetworkRuntime
from export.transform import MEAN, STD
from foveate.bundle.manifest import Exits
from foveate.engine.messages import Answer, ExitReason, Options, Submit
from foveate.engine.scheduler import LaneRules
from foveate.parity.frames import normalised, smooth_frames
from models.ocsampler import OCSamplerOptions, OCSamplerOutput
from tests.engine.fake import bundle
from tests.engine.harness import Harness
from tests.engine.parts import exits
from tests.export.manifests import manifest_of
from tests.models.small_uni import ocsampler

FRAMES, CROP, VIDEOS = 5, 64, 4
PIXELS = smooth_frames(VIDEOS, FRAMES, CROP, seed=3)


@pytest.fixture(scope="module")
def keeping() -> Iterator[dict[int, OCSamplerOutput]]:
    """What the network gives in its published order, by the number of frames that it keeps."""
    frames = torch.from_numpy(normalised(PIXELS, MEAN, STD))
    with torch.no_grad():
        yield {k: ocsampler(OCSamplerOptions(k, 8, FRAMES, 32))(frames) for k in range(1, FRAMES + 1)}


def through_engine(options: dict[str, Options]) -> dict[str, Answer]:
    """Answers by name; a name ends in the number of its video."""
    made = draft(ocsampler(OCSamplerOptions(FRAMES, 8, FRAMES, 32, by_time=False)), None, CROP)
    manifest = manifest_of(made)
    found = Exits.model_validate(exits(list(manifest.cost.nominal)))
    manifest = manifest.model_copy(update={"exits": found})
    harness = Harness(rules=LaneRules(lanes=2, max_frames=10, max_videos=3))
    harness.engine._runtime = NetworkRuntime(made.specs)
    harness.engine._page = lambda page, _: PIXELS[page // FRAMES, page % FRAMES]
    harness.engine.add_bundle(manifest.name, bundle(manifest))
    for name, asked in options.items():
        first = int(name[-1]) * FRAMES
        harness.engine.handle(Submit(name, manifest.name, (tuple(range(first, first + FRAMES)),), asked))
    harness.wait(len(options), seconds=60)
    assert harness.engine.close()
    return harness.answers()


def check(answer: Answer, video: int, keeping: dict[int, OCSamplerOutput]) -> None:
    kept = keeping[answer.answers]
    np.testing.assert_allclose(answer.logits, kept.logits[video], atol=1e-5)
    seen = [look.entry for look in answer.looks][: answer.answers]
    assert sorted(seen) == kept.frame_index[video].tolist()
    # Every graph counts 1 here: the glance, the policy, and then a patch and an answer a frame.
    assert answer.spent.nominal == 2 + 2 * answer.answers


def test_a_budget_of_frames_is_the_network_that_keeps_as_many(keeping: dict[int, OCSamplerOutput]) -> None:
    asked = {f"{k} {video}": Options(max_answers=k) for k in keeping for video in range(VIDEOS)}
    for name, answer in through_engine(asked).items():
        budget, video = map(int, name.split())
        assert answer.answers == answer.spent.patches_focused == budget
        assert [look.focused for look in answer.looks] == [step < budget for step in range(FRAMES)]
        check(answer, video, keeping)


def test_every_step_gives_all_budgets_at_once(keeping: dict[int, OCSamplerOutput]) -> None:
    answer = through_engine({"0": Options(every_step=True)})["0"]
    wanted = np.stack([keeping[k].logits[0].numpy() for k in keeping])
    assert answer.step_logits is not None
    np.testing.assert_allclose(answer.step_logits, wanted, atol=1e-5)


def test_each_video_may_stop_at_the_frames_that_are_enough_for_it(
    keeping: dict[int, OCSamplerOutput],
) -> None:
    surety = np.stack([keeping[k].logits.amax(1).numpy() for k in keeping], 1)
    threshold = float(np.median(surety[:, :-1]))
    enough = np.concatenate([surety[:, :-1] >= threshold, np.ones((VIDEOS, 1), bool)], 1)
    wanted = 1 + enough.argmax(1)
    assert len(set(wanted.tolist())) > 1
    options = Options(thresholds=(threshold,) * FRAMES)
    for name, answer in through_engine({f"{video}": options for video in range(VIDEOS)}).items():
        video = int(name)
        assert answer.answers == wanted[video]
        left = answer.answers < FRAMES
        assert answer.exit is (ExitReason.CONFIDENCE if left else ExitReason.COMPLETE)
        check(answer, video, keeping)
