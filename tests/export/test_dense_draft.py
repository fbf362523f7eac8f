import pytest

from foveate.bundle.vocabulary import PixelOperation, SamplingRule, UnitKind
from tests.export.drafts import full_size, small_drafts
from tests.export.manifests import manifest_of
from tests.export.test_cost import networks


@pytest.mark.parametrize(
    ("system", "frames", "counted"),
    [("dense tsn", 16, 65.4), ("dense tsm", 8, 32.7), ("dense x3d", 16, 2.415)],
)
def test_what_is_looked_at_is_what_is_paid_for(system: str, frames: int, counted: float) -> None:
    draft = full_size(system, frames)
    (nominal,) = draft.nominal(draft.plan, networks(draft))
    assert nominal / 1e9 == pytest.approx(counted, rel=0.005)


def test_two_lists_where_there_is_a_glance() -> None:
    manifest = manifest_of(small_drafts()["dense tsm plus"])
    assert manifest.name == "tsm-plus-2-3"
    assert manifest.sampling.counts == (2, 3)
    assert manifest.networks.policy is None
    assert manifest.provenance.options["focus_frames"] == 3


def test_one_list_and_nothing_but_the_focus_without() -> None:
    manifest = manifest_of(small_drafts()["dense tsn"])
    assert (manifest.sampling.rule, manifest.sampling.counts) == (SamplingRule.CENTRES_REPEAT_LAST, (3,))
    assert manifest.networks.glance is manifest.networks.policy is None
    assert manifest.networks.focus is not None
    assert manifest.networks.focus.unit is UnitKind.FRAME
    assert manifest.networks.focus.pixels is not None
    assert manifest.networks.focus.pixels.operation is PixelOperation.CUT
    assert manifest.description == "TSN: 3 whole frames at 64, 5 classes"
