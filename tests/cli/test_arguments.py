import argparse

import pytest

from foveate.cli.arguments import at_least, between


def test_whole_numbers_from_one_on() -> None:
    assert at_least(1)("1") == 1
    assert at_least(0)("123") == 123


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "", "¹"])
def test_what_is_wanted_is_said(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=f"a whole number from 1 on is wanted, not '{text}'"):
        at_least(1)(text)


def test_whole_numbers_between_two() -> None:
    assert [between(0, 8)(text) for text in ("0", "8")] == [0, 8]
    for text in ("9", "-1", "x"):
        with pytest.raises(argparse.ArgumentTypeError, match=f"from 0 to 8 is wanted, not '{text}'"):
            between(0, 8)(text)
