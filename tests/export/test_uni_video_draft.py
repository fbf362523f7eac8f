from pathlib import Path

import numpy as np
import torch

from export import uni_adafocus_x3d
from export.runtimes import NetworkRuntime
from foveate.bundle.vocabulary import CropRounding, Order, PixelOperation, SamplingRule, UnitKind, View
from foveate.engine.messages import Options
from foveate.parity.frames import normalised, smooth_frames
from foveate.parity.straight import StraightRun
from tests.export.drafts import full_size, small_drafts
from tests.export.manifests import manifest_of
from tests.models import small_uni

SIDES = (View.LEFT, View.RIGHT, View.CENTRE)


def test_two_lists_of_segment_middles() -> None:
    draft = full_size("uni tsm 12", 128)
    assert (draft.sampling.rule, draft.sampling.counts) == (SamplingRule.SEGMENT_MIDDLES, (8, 36))
    assert draft.plan.order is Order.GLANCE_FIRST
    assert draft.plan.glance == tuple(range(8))
    assert draft.plan.candidates == tuple(range(8, 44))
    assert (draft.plan.steps, draft.plan.frames, draft.plan.rectangles) == (12, None, None)
    assert set(draft.unit.values()) == {UnitKind.VIDEO}
    assert draft.name == "uni-adafocus-tsm-p128-k12"
    assert draft.description == (
        "Uni-AdaFocus-TSM: 8 glance frames, 12 of 36 frames, one rectangle of any size to 128 x 128; "
        "174 classes"
    )


def test_a_glance_is_made_smaller_where_its_network_takes_less() -> None:
    for system, operation, side in (
        ("uni tsm 12", PixelOperation.CUT, 224),
        ("uni x3d 32", PixelOperation.BILINEAR, 160),
    ):
        pixels = full_size(system, 128).pixels
        assert (pixels["glance"].operation, pixels["glance"].height) == (operation, side)
        assert pixels["focus"].operation is PixelOperation.BILINEAR


def test_several_views_lie_quarters_apart_and_cost_as_often() -> None:
    one = small_drafts()["uni x3d"]
    three = uni_adafocus_x3d.draft(small_uni.uni_adafocus_x3d(), None, SIDES)
    assert three.name == f"{one.name}-v3"
    assert three.options == {**one.options, "views": 3}
    assert one.preprocessing.crop_rounding is CropRounding.HALF_EVEN
    assert three.preprocessing.crop_rounding is CropRounding.QUARTERS
    once, thrice = manifest_of(one), manifest_of(three)
    assert thrice.preprocessing.views == SIDES
    assert thrice.cost.nominal == tuple(3 * cost for cost in once.cost.nominal)
    assert thrice.cost.dense == 3 * once.cost.dense


@torch.no_grad()
def test_views_of_the_same_frames_answer_as_one() -> None:
    draft = uni_adafocus_x3d.draft(small_uni.uni_adafocus_x3d(), None, SIDES)
    manifest = manifest_of(draft)
    frames = smooth_frames(1, manifest.sampling.pool, manifest.preprocessing.crop)
    pixels = normalised(frames, manifest.preprocessing.mean, manifest.preprocessing.std)
    wanted = draft.forward(torch.from_numpy(pixels)).answers[0]
    store = StraightRun(manifest, Path(), NetworkRuntime(draft.specs), frames).video(
        0, Options(every_step=True)
    )
    assert len(store.views) == 3
    np.testing.assert_allclose(store.logits(2), wanted, atol=1e-4)


@torch.no_grad()
def test_what_the_network_gives_is_of_one_rectangle() -> None:
    wanted = small_drafts()["uni tsm"].forward(torch.zeros(1, 13, 3, 64, 64))
    assert wanted.answers.shape == (1, 2, 5)
    assert wanted.rectangles is not None
    assert wanted.rectangles.shape == (1, 1, 4)
    assert wanted.frames is not None
    assert wanted.frames.shape == (1, 3)
