"""Rows that follow one another: one copy or one kernel for all of them."""

from collections.abc import Iterator, Sequence


def runs(*rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Start and stop of each stretch in which the numbers of every sequence grow by one.

    Args:
        rows: sequences of one length.
    """
    start = 0
    for place in range(1, len(rows[0])):
        if any(numbers[place] - numbers[place - 1] != 1 for numbers in rows):
            yield start, place
            start = place
    if rows[0]:
        yield start, len(rows[0])
