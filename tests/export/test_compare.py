from dataclasses import replace
from typing import Any

import pytest
import torch

from export import adafocus, ocsampler
from export.compare import Wanted, bundle_parity
from export.precision import Precision
from foveate.errors import ExportError
from models.ocsampler import OCSamplerOptions
from tests.export.conftest import Exported
from tests.export.drafts import small_drafts
from tests.models import small_uni
from tests.models.small import small_model


def compare(exported: Exported, draft: Any, precision: Precision = "fp32") -> None:
    bundle = exported.bundle
    bundle_parity(bundle.manifest, bundle.folder, draft.specs, draft.forward, precision)


def test_every_graph_is_compared(small: Exported) -> None:
    checks = small.bundle.manifest.parity.checks
    assert {check.graph for check in checks} == {
        "glance.onnx",
        "focus.onnx",
        "policy.onnx",
        "policy_step.onnx",
        "classifier.onnx",
        "classifier_step.onnx",
        "all graphs",
    }
    assert all(check.max_abs_error <= check.tolerance for check in checks)
    assert any(check.max_abs_error > 0 for check in checks)


def test_places_between_the_pixels_have_a_tolerance_in_pixels(small_v2: Exported) -> None:
    parity = small_v2.bundle.manifest.parity
    (check,) = [c for c in parity.checks if (c.graph, c.output) == ("all graphs", "rectangles")]
    assert 0 < check.max_abs_error <= check.tolerance == 1.0
    assert not parity.patches_identical
    assert parity.patches_compared == 3 * 4


def test_whole_places_must_be_the_same(small_tsm: Exported) -> None:
    parity = small_tsm.bundle.manifest.parity
    assert parity.patches_identical
    assert parity.patches_compared == 2 * 6
    assert {c.tolerance for c in parity.checks if c.output == "rectangles"} == {0.0}


def test_graphs_of_other_weights_are_refused(small: Exported) -> None:
    with pytest.raises(ExportError, match="is not the network it came from"):
        compare(small, adafocus.draft(small_model(salt="other"), 3, None))


def test_another_place_is_refused_even_where_scores_are_close(small: Exported) -> None:
    draft = adafocus.draft(small_model(), 3, None)  # its own: the shared ones are not to be changed
    policy = next(spec.module for spec in draft.specs if spec.network == "policy")
    corners = policy.get_buffer("place.corners")
    corners.copy_(corners.flip(0))
    with pytest.raises(ExportError, match="rectangles"):
        compare(small, draft)


def test_graphs_that_are_right_but_joined_otherwise_are_refused(small: Exported) -> None:
    draft = small_drafts()["adafocus"]

    def moved(pixels: torch.Tensor) -> Wanted:
        wanted = draft.forward(pixels)
        assert wanted.rectangles is not None
        return replace(wanted, rectangles=wanted.rectangles + torch.tensor([1.0, 0, 0, 0]))

    with pytest.raises(ExportError, match="choose 9 of 9 patches otherwise"):
        compare(small, replace(draft, forward=moved))


def test_half_precision_may_decide_a_near_tie_otherwise(small_tsm: Exported) -> None:
    draft = small_drafts()["tsm"]

    def moved(pixels: torch.Tensor, videos: int) -> Wanted:
        wanted = draft.forward(pixels)
        assert wanted.rectangles is not None
        wanted.rectangles[:videos, :, 0] += 1
        return wanted

    compare(small_tsm, replace(draft, forward=lambda pixels: moved(pixels, 1)), "fp16")
    with pytest.raises(ExportError, match="choose 1 of 2 patches otherwise"):
        compare(small_tsm, replace(draft, forward=lambda pixels: moved(pixels, 1)))
    with pytest.raises(ExportError, match="choose 2 of 2 patches otherwise"):
        compare(small_tsm, replace(draft, forward=lambda pixels: moved(pixels, 2)), "fp16")


def swapped(wanted: Wanted, first: int, second: int) -> Wanted:
    """The same, two of its frames the other way round."""
    assert wanted.frames is not None
    frames = wanted.frames.clone()
    frames[:, [first, second]] = frames[:, [second, first]]
    return replace(wanted, frames=frames)


def test_frames_in_another_order_count_where_the_order_does(small_ocsampler: Exported) -> None:
    draft = ocsampler.draft(small_uni.ocsampler(OCSamplerOptions(3, 8, by_time=False)), None)
    other = replace(draft, forward=lambda pixels: swapped(draft.forward(pixels), 1, 2))
    compare(small_ocsampler, other)
    told = replace(draft, forward=lambda pixels: replace(other.forward(pixels), unordered=False))
    with pytest.raises(ExportError, match="choose 6 of 9 patches otherwise"):
        compare(small_ocsampler, told)


def test_answers_are_compared_wherever_the_same_frames_were_seen(small_ocsampler: Exported) -> None:
    draft = ocsampler.draft(small_uni.ocsampler(OCSamplerOptions(3, 8, by_time=False)), None)

    def spoilt(pixels: torch.Tensor, answer: int) -> Wanted:
        wanted = swapped(draft.forward(pixels), 1, 2)
        wanted.answers[:, answer] += 1
        return wanted

    compare(small_ocsampler, replace(draft, forward=lambda pixels: spoilt(pixels, 1)))
    with pytest.raises(ExportError, match="logits differs"):
        compare(small_ocsampler, replace(draft, forward=lambda pixels: spoilt(pixels, 2)))


def test_a_frame_that_is_not_among_the_chosen_is_refused(small_ocsampler: Exported) -> None:
    draft = ocsampler.draft(small_uni.ocsampler(OCSamplerOptions(3, 8, by_time=False)), None)

    def moved(pixels: torch.Tensor) -> Wanted:
        wanted = draft.forward(pixels)
        assert wanted.frames is not None
        absent = next(frame for frame in range(10) if frame not in wanted.frames[0])
        frames = wanted.frames.clone()
        frames[0, 2] = absent
        return replace(wanted, frames=frames)

    with pytest.raises(ExportError, match="choose 2 of 9 patches otherwise"):
        compare(small_ocsampler, replace(draft, forward=moved))
