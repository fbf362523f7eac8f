import pytest

from export.choices import needed, not_taken, told, within
from foveate.errors import ConfigError


def test_what_must_be_said_is_asked_for_by_name() -> None:
    assert needed(96, "patch side", "--patch", (96, 128)) == 96
    with pytest.raises(ConfigError, match="name the patch side with --patch; published: 96, 128"):
        needed(None, "patch side", "--patch", (96, 128))


def test_what_the_weights_tell_may_be_repeated_but_not_denied() -> None:
    assert told(None, "frames", "--frames", 16) == told(16, "frames", "--frames", 16) == 16
    with pytest.raises(ConfigError, match="--frames 8 does not fit: the checkpoint is made for 16 frames"):
        told(8, "frames", "--frames", 16)


@pytest.mark.parametrize("value", [0, 5])
def test_numbers_have_limits(value: int) -> None:
    assert within(4, "frames", 4) == 4
    with pytest.raises(ConfigError, match=f"{value} frames are out of range: 1 to 4"):
        within(value, "frames", 4)


def test_a_choice_that_a_system_does_not_have() -> None:
    not_taken(None, "--frames", "it")
    with pytest.raises(ConfigError, match="it has no choice of --frames"):
        not_taken(3, "--frames", "it")
