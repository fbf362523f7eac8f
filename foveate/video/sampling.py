"""Which frames of a video make up its pool, by frame index.

The rules are the published ones (see ``SamplingRule``); all arithmetic is in double precision and in the
published order of operations, because a last-bit difference moves a frame.
"""

from collections.abc import Callable

import numpy as np

from foveate.bundle.manifest import Sampling
from foveate.bundle.vocabulary import SamplingRule

SEED = 255
"""Seed of the seeded rule, the same for every video."""


def sample(rule: SamplingRule, count: int, frames: int) -> list[int]:
    """Choose the frames of one list.

    Args:
        rule: a term of the vocabulary.
        count: frames wanted, at least 1.
        frames: frames the video has, at least 1.

    Returns:
        ``count`` indices in ``range(frames)``; they repeat where the video is shorter than ``count``.

    Raises:
        ValueError: if ``count`` or ``frames`` is below 1.
    """
    if count < 1 or frames < 1:
        raise ValueError(f"cannot sample {count} of {frames} frames")
    return _RULES[rule](count, frames)


def pool_indices(sampling: Sampling, frames: int) -> list[int]:
    """The frame index of every pool entry: the lists of ``sampling``, one after the other.

    Args:
        sampling: rule and counts of a bundle.
        frames: frames the video has, at least 1.

    Returns:
        ``sampling.pool`` indices in ``range(frames)``.
    """
    return [index for count in sampling.counts for index in sample(sampling.rule, count, frames)]


def _centres(count: int, frames: int) -> list[int]:
    return [int(frames / count / 2 + frames / count * x) for x in range(count)]


def _centres_repeat_last(count: int, frames: int) -> list[int]:
    if frames > count:
        return _centres(count, frames)
    return [min(x, frames - 1) for x in range(count)]


def _centres_repeat_first(count: int, frames: int) -> list[int]:
    return _centres(count, frames) if frames > count else [0] * count


def _segment_middles(count: int, frames: int) -> list[int]:
    return [int((x + 0.5) / count * frames) for x in range(count)]


def _seeded_segments(count: int, frames: int) -> list[int]:
    if frames < count:
        return [x % frames for x in range(count)]
    # The legacy generator on purpose: its stream is frozen, and the published results depend on it.
    random = np.random.RandomState(SEED)
    if frames >= 2 * count:
        edges = np.array([x * frames // count for x in range(count + 1)])
        chosen = edges[:-1] + random.randint(np.diff(edges))
    else:
        gaps = np.zeros(count + 1, dtype=np.int64)
        gaps[random.choice(count + 1, frames - count, replace=False)] = 1
        chosen = np.arange(count) + np.cumsum(gaps)[:count]
    return [int(index) for index in chosen]


_RULES: dict[SamplingRule, Callable[[int, int], list[int]]] = {
    SamplingRule.CENTRES_REPEAT_LAST: _centres_repeat_last,
    SamplingRule.CENTRES_REPEAT_FIRST: _centres_repeat_first,
    SamplingRule.SEGMENT_MIDDLES: _segment_middles,
    SamplingRule.SEEDED_SEGMENTS: _seeded_segments,
}
