"""The sizes that batches are padded to: powers of two and one and a half times them."""

from bisect import bisect_left


def buckets_up_to(most: int) -> tuple[int, ...]:
    """1, 2, 3, 4, 6, 8, 12, ... and ``most`` itself, which ends them."""
    sizes = {size for power in range(most.bit_length()) for size in (2**power, 3 * 2**power // 2)}
    return tuple(sorted({size for size in sizes if 0 < size < most} | {most}))


def bucket_for(count: int, buckets: tuple[int, ...]) -> int:
    """The smallest bucket that holds ``count`` units.

    Raises:
        ValueError: none does.
    """
    place = bisect_left(buckets, count)
    if place == len(buckets):
        raise ValueError(f"{count} units fit into none of the buckets up to {buckets[-1]}")
    return buckets[place]
