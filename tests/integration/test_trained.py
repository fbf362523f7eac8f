"""Training and the bundles see the same; what is served of them is compared in ``test_trained_*.py``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from export import (
    adafocus,
    adafocus_plus,
    adafocus_tsm,
    adafocus_v2,
    adafocus_v2_tsm,
    ocsampler,
    tsm,
    tsn,
    uni_adafocus,
    uni_adafocus_tsm,
    uni_adafocus_x3d,
    x3d,
)
from export.draft import Draft
from foveate.parity.frames import normalised, smooth_frames
from tests.integration.trained import GROUPS, LARGE_FRAMES, SIZES
from tests.training.end_to_end.tiny import CLASSES, TINY
from tests.training.forms.nets import FORMS
from tests.training.ocsampler import tiny as sampler
from training.build import build
from training.frame_lists import frame_lists
from training.outcome import answers_of

DRAFTS: dict[str, Callable[[Any], Draft]] = {
    "adafocus": lambda net: adafocus.draft(net, 3, None),
    "adafocus large frames": lambda net: adafocus.draft(net, 3, None),
    "adafocus-plus": lambda net: adafocus_plus.draft(net, 3, None),
    "adafocus-tsm": lambda net: adafocus_tsm.draft(net, None),
    "adafocus-v2": lambda net: adafocus_v2.draft(net, None),
    "adafocus-v2 small frames": lambda net: adafocus_v2.draft(net, None),
    "adafocus-v2 mobile": lambda net: adafocus_v2.draft(net, None),
    "adafocus-v2 large frames": lambda net: adafocus_v2.draft(net, None),
    "adafocus-v2-tsm": lambda net: adafocus_v2_tsm.draft(net, None),
    "uni-adafocus": lambda net: uni_adafocus.draft(net, None),
    "uni-adafocus-tsm": lambda net: uni_adafocus_tsm.draft(net, None),
    "uni-adafocus-x3d": lambda net: uni_adafocus_x3d.draft(net, None),
    "tsn": lambda net: tsn.draft(net, 3, None, 64),
    "tsm": lambda net: tsm.draft(net, 3, None, 64),
    "x3d": lambda net: x3d.draft(net, 4, 32, None, 64),
    "ocsampler": lambda net: ocsampler.draft(net, None, sampler.SIZES.crop),
}
ALL_TINY = TINY | FORMS | {"adafocus-v2 large frames": LARGE_FRAMES, "ocsampler": sampler.SIZES}


@torch.no_grad()
@pytest.mark.parametrize("system", DRAFTS)
def test_training_sees_what_the_bundle_will_see(system: str) -> None:
    net, lists = build(ALL_TINY[system], CLASSES).eval(), frame_lists(ALL_TINY[system])
    draft = DRAFTS[system](net)
    assert draft.sampling == lists.sampling()
    assert draft.preprocessing == lists.preprocessing()
    frames = smooth_frames(1, lists.frames, lists.crop, seed=2)
    rules = lists.preprocessing()
    pool = torch.from_numpy(normalised(frames, rules.mean, rules.std))
    seen = torch.stack([lists.seen_of(video) for video in pool])
    torch.testing.assert_close(answers_of(net, seen), draft.forward(pool).answers, atol=1e-4, rtol=0)


def test_every_system_is_served_in_one_of_the_files() -> None:
    assert sorted(system for group in GROUPS.values() for system in group) == sorted(SIZES)
    files = {path.name for path in Path(__file__).parent.glob("test_trained_*.py")}
    assert files == {f"test_trained_{group}.py" for group in GROUPS}
