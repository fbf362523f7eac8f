import pytest

from tests.training.end_to_end.tiny import network, stage
from training.end_to_end.published import clip_of, settings_of
from training.taught import GlanceStage

RATES = {
    "adafocus-v2": (0.5, 0.1, 1, 5, 0.2, None),
    "adafocus-v2-tsm": (0.5, 0.01, 1, 1, 0.5, 20),
    "uni-adafocus": (0.5, 0.2, 1, 20, 0.2, None),
    "uni-adafocus-tsm": (0.5, 0.2, 1, 1, 0.5, 20),
    "uni-adafocus-x3d": (0.5, 0.4, 1, 1, 0.5, 20),
}


@pytest.mark.parametrize("system", RATES)
def test_published_numbers_are_what_is_not_said(system: str) -> None:
    net = network(system)
    found = settings_of(stage(), net)
    numbers = (found.glance, found.policy, found.focus, found.classifier, found.dropout)
    assert (*numbers, clip_of(stage(), net)) == RATES[system]


def test_what_is_said_counts() -> None:
    net = network("uni-adafocus-tsm")
    said = stage(dropout=0.1, policy_factor=3, size_weight=0.25, clip=0)
    found = settings_of(said, net)
    assert (found.dropout, found.head_dropout, found.policy, found.size_weight) == (0.1, 0.1, 3, 0.25)
    assert clip_of(said, net) is None
    assert settings_of(stage(dropout=0.2, head_dropout=0.1), net).head_dropout == 0.1
    assert clip_of(stage(clip=5), net) == 5


def test_other_stages_say_it_themselves() -> None:
    assert clip_of(GlanceStage(kind="glance", epochs=1, rate=1, clip=2), network("adafocus-v2")) == 2
