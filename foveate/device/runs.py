"""Rows that follow one another: one copy or one kernel for all of them."""

from collections.abc import Iterator, Sequence


def runs(*rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Start and stop of each stretch in which the numbers of every sequence grow by one.

    Args:
        rows: sequences of one length.
    """
    ends = {len(rows[0])} - {0}
    for numbers in rows:
        ends.update(place for place in range(1, len(numbers)) if numbers[place] != numbers[place - 1] + 1)
    start = 0
    for stop in sorted(ends):
        yield start, stop
        start = stop
