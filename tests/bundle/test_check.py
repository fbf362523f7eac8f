from typing import Any

import pytest

from foveate.bundle.check import answers, check_manifest
from foveate.bundle.manifest import Manifest
from foveate.errors import BundleError
from tests.engine.parts import video_focus
from tests.engine.systems import ALL, dense, recurrent, skipping, uni_tsm


@pytest.mark.parametrize("name", ALL)
def test_the_family_passes(name: str) -> None:
    check_manifest(ALL[name]())


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("recurrent", 16),
        ("v2-exits", 16),
        ("uni-tsm", 2),
        ("uni-x3d", 2),
        ("dense", 1),
        ("glance-then-steps", 7),
    ],
)
def test_answers(name: str, count: int) -> None:
    assert answers(ALL[name]()) == count


def spoilt(manifest: Manifest, path: str, value: object) -> Manifest:
    data = manifest.model_dump(mode="json")
    place: Any = data
    *way, last = path.split(".")
    for key in way:
        place = place[int(key)] if isinstance(place, list) else place[key]
    place[last] = value
    return Manifest.model_validate(data)


TOGETHER = video_focus(16)
OUTSIDE = {"y": 30.0, "x": 0.0, "height": 16.0, "width": 16.0}


@pytest.mark.parametrize(
    ("manifest", "path", "value", "message"),
    [
        (recurrent(), "preprocessing.crop", 37, "crop of 37 does not fit a short side of 36"),
        (recurrent(), "preprocessing.views", ["centre", "left"], "need the crop_rounding quarters"),
        (recurrent(), "preprocessing.std", [0.2, 0.0, 0.2], "has a zero"),
        (recurrent(), "plan.glance", [0, 1], "interleaved plan of 16 steps has 2 glance frames"),
        (recurrent(), "plan.glance", [16], "plan.glance names an entry beyond the pool of 16"),
        (recurrent(), "plan.candidates", [0, 99], "plan.candidates names an entry"),
        (recurrent(), "plan.glance", [], "exactly where there is a glance network"),
        (recurrent(), "plan.frames", [0], "plan.frames has 1 entries for 16 steps"),
        (recurrent(), "plan.frames", [16] * 16, "beyond the 16 candidates"),
        (recurrent(), "plan.frames", None, "either from plan.frames or from the policy"),
        (uni_tsm(), "plan.frames", list(range(12)), "either from plan.frames or from the policy"),
        (recurrent(), "plan.rectangles", [OUTSIDE], "either from plan.rectangles or from the policy"),
        (dense(), "plan.rectangles", None, "either from plan.rectangles or from the policy"),
        (dense(), "plan.rectangles", [OUTSIDE], "empty or outside a frame of 32"),
        (dense(), "plan.rectangles", [OUTSIDE] * 3, "3 entries for 8 steps"),
        (recurrent(), "plan.keep_threshold", 0.5, "keep probabilities"),
        (skipping(), "plan.keep_threshold", None, "keep probabilities"),
        (skipping(), "networks.focus", TOGETHER, "drops single patches"),
        (recurrent(), "cost.nominal", [1, 2], "2 entries for 16 answers"),
        (dense(), "cost.nominal", [], "at least 1"),
        (uni_tsm(), "cost.nominal", [2, 1], "falls from one answer to the next"),
        (uni_tsm(), "exits.default", 1, "names none of the 1 settings"),
    ],
)
def test_what_does_not_fit_is_named(manifest: Manifest, path: str, value: object, message: str) -> None:
    with pytest.raises((BundleError, ValueError), match=message):
        check_manifest(spoilt(manifest, path, value))


def test_one_form_of_the_policy_may_not_give_more_than_another() -> None:
    outputs = [o.model_dump(mode="json") for o in present_step(skipping()) if o.sink.value != "keep"]
    with pytest.raises(BundleError, match="one form of the policy gives keep"):
        check_manifest(spoilt(skipping(), "networks.policy.forms.step.outputs", outputs))


def present_step(manifest: Manifest) -> Any:
    policy = manifest.networks.policy
    assert policy is not None
    return policy.forms["step"].outputs  # type: ignore[index]
