"""Which batch sizes an engine is made for: buckets, and the few ranges of sizes that they lie in.

A batch is padded to a bucket. Each bucket has a context of its own, because changing the shape of one costs
more than it takes to run a small batch; the engine has a profile for each range only, because each profile is
compiled and takes its memory.
"""

from bisect import bisect_left

from pydantic import model_validator

from foveate.bundle.manifest import Record

_SPREAD = 4
"""Largest size of a range over its smallest: what one choice of kernels is still good for."""


class Range(Record):
    """Sizes that one profile is compiled for.

    Attributes:
        least: the smallest.
        best: the one that it is tuned for.
        most: the largest.
    """

    least: int
    best: int
    most: int

    @model_validator(mode="after")
    def _ordered(self) -> "Range":
        if not 1 <= self.least <= self.best <= self.most:
            raise ValueError("a range goes from its least over its best to its most, from 1 on")
        return self


def buckets(most: int) -> tuple[int, ...]:
    """Powers of two and one and a half times them, up to ``most``, which is the last whatever it is."""
    sizes = {size for power in range(most.bit_length()) for size in (1 << power, 3 << power >> 1)}
    return (*sorted(size for size in sizes if size < most), most)


def bucket_of(units: int, sizes: tuple[int, ...]) -> int:
    """The smallest bucket that holds a batch.

    Raises:
        ValueError: none does.
    """
    if units > sizes[-1]:
        raise ValueError(f"{units} units are more than the largest bucket, {sizes[-1]}")
    return sizes[bisect_left(sizes, units)]


def ranges(most: int) -> tuple[Range, ...]:
    """The ranges that hold the buckets up to ``most``, each tuned for its largest, as batches fill up."""
    groups: list[list[int]] = []
    for size in buckets(most):
        if not groups or size > _SPREAD * groups[-1][0]:
            groups.append([])
        groups[-1].append(size)
    return tuple(Range(least=group[0], best=group[-1], most=group[-1]) for group in groups)


def range_of(bucket: int, found: tuple[Range, ...]) -> int:
    """The number of the range that holds a bucket."""
    return next(number for number, each in enumerate(found) if each.least <= bucket <= each.most)
