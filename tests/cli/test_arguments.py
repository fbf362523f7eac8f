import argparse

import pytest

from foveate.cli.arguments import at_least


def test_whole_numbers_from_one_on() -> None:
    assert at_least(1)("1") == 1
    assert at_least(0)("123") == 123


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "", "¹"])
def test_what_is_wanted_is_said(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=f"a whole number from 1 on is wanted, not '{text}'"):
        at_least(1)(text)
