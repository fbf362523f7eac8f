"""The order in which frames enter a network that may stop early."""

from itertools import pairwise


def bisection_order(frames: int) -> tuple[int, ...]:
    """Middle, first and last frame, then ever finer midpoints (AdaFocusV2, section 4).

    Args:
        frames: how many; at least 3.

    Returns:
        Each index below ``frames`` once.

    Raises:
        ValueError: fewer than 3 frames, of which the published rule makes no order.
    """
    if frames < 3:
        raise ValueError(f"there is no such order of {frames} frames")
    last = frames - 1
    order = [last // 2, 0, last]
    parts = 2
    while len(order) < frames:
        points = [i * last // parts for i in range(parts + 1)]
        for left, right in pairwise(points):
            middle = (left + right) // 2
            if middle not in order:
                order.append(middle)
        parts *= 2
    return tuple(order)
