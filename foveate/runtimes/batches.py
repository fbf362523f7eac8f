"""How large batches get where nobody says: few units on a CPU, as many as a GPU's memory is for on a GPU.

The sizes for GPUs are reckoned from the memory that the networks' maps take, and have not been run on one.
"""

from dataclasses import dataclass

_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Batches:
    """The largest batches.

    Attributes:
        frames: frames or patches in a batch of the networks that take pixels.
        videos: units in a batch of the others.
    """

    frames: int
    videos: int


ON_CPU = Batches(8, 8)
"""Larger batches gain nothing there and hold other videos up."""

_ON_GPU = ((60 * _GIB, Batches(256, 64)), (20 * _GIB, Batches(128, 32)), (0, Batches(64, 16)))
"""By the least memory. A whole frame's maps in a ResNet-50 take some 30 MB in float32; a server has three
lanes, and more bundles than one."""


def batches_for(memory: int | None) -> Batches:
    """The largest batches for a GPU's bytes of memory; None for a CPU."""
    if memory is None:
        return ON_CPU
    return next(batches for least, batches in _ON_GPU if memory >= least)
