from pathlib import Path

import numpy as np
import pytest
import torch

from export.runtimes import NetworkRuntime
from foveate.bundle.manifest import Manifest
from foveate.bundle.vocabulary import Form
from foveate.engine.messages import Options
from foveate.engine.plan import BundlePlan
from foveate.parity.frames import normalised, smooth_frames
from foveate.parity.straight import StraightRun, answers_made, every_course
from tests.engine import systems
from tests.export.drafts import small_drafts
from tests.export.manifests import manifest_of


@pytest.mark.parametrize("name", sorted(small_drafts()))
@torch.no_grad()
def test_the_parts_joined_as_the_plan_says_are_the_network(name: str) -> None:
    draft = small_drafts()[name]
    manifest: Manifest = manifest_of(draft)
    frames = smooth_frames(2, manifest.sampling.pool, manifest.preprocessing.crop)
    pixels = normalised(frames, manifest.preprocessing.mean, manifest.preprocessing.std)
    wanted = draft.forward(torch.from_numpy(pixels))
    straight = StraightRun(manifest, Path(), NetworkRuntime(draft.specs), frames)
    courses = every_course(straight.plan)
    answers = straight.plan.answers
    assert len(courses) == (1 if answers == 1 else 2)
    for options in courses:
        store = straight.video(1, options)
        made = straight.answers_made(options)
        # Whoever wants the last answer alone is given no other by a bundle that answers after its glance.
        alone = straight.plan.has_glance_answer and not straight.plan.course(options).glance_answer
        assert made == list(range(answers))[-1 if alone else 0 :]
        np.testing.assert_allclose(store.logits(answers)[made], wanted.answers[1][made], atol=1e-4)
        if wanted.frames is not None:
            np.testing.assert_array_equal(store.views[0].frames, wanted.frames[1])
        assert wanted.rectangles is not None
        rectangles = np.broadcast_to(wanted.rectangles[1], store.views[0].rectangles.shape)
        np.testing.assert_allclose(store.views[0].rectangles, rectangles, atol=1e-3)


def test_ways_through_a_bundle_cover_its_forms() -> None:
    for make in systems.ALL.values():
        plan = BundlePlan.of(make())
        seen = {form for options in every_course(plan) for form in (plan.course(options).classifier,)}
        if any(plan.course(options).glance_answer for options in every_course(plan)):
            seen.add(Form.GLANCE)
        assert seen == set(plan.manifest.networks.classifier.forms), plan.manifest.name


def test_answers_that_are_not_made_are_not_looked_at() -> None:
    plan = BundlePlan.of(systems.recurrent())
    assert answers_made(plan, plan.course(Options())) == list(range(16))
    assert answers_made(plan, plan.course(Options(max_answers=3))) == [0, 1, 2]
