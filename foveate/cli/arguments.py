"""Types of arguments that several commands share; what is wrong is said as argparse says it."""

import argparse
from collections.abc import Callable


def at_least(least: int) -> Callable[[str], int]:
    """Whole numbers from ``least`` on."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"a whole number from {least} on is wanted, not {text!r}")
        return int(text)

    return read
