"""What all programs of a bundle share."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from foveate.device.arena import Arena
from foveate.device.pixels import Look, affine_of
from foveate.device.protocol import Buffer, Device, Part, Stream
from foveate.device.slots import FrameSlots
from foveate.engine.plan import BundlePlan


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all programs of a bundle share.

    Attributes:
        plan: the bundle's plan.
        arena: what its videos keep.
        slots: where frames are.
        look: the pixel operation.
        affine: (2, 3) float32, the normalisation.
        whole: (1, 4) float32, the rectangle of a whole frame.
        fixed: (steps, 4) float32, the rectangles that no policy chooses; None where one does.
    """

    plan: BundlePlan
    arena: Arena
    slots: FrameSlots
    look: Look
    affine: Buffer
    whole: Buffer
    fixed: Buffer | None

    @classmethod
    def of(
        cls,
        device: Device,
        plan: BundlePlan,
        arena: Arena,
        slots: FrameSlots,
        look: Look,
        stream: Stream,
    ) -> "Surroundings":
        """Put what never changes on the device, over a stream."""
        preprocessing = plan.manifest.preprocessing
        whole = _constant(device, stream, [[0, 0, preprocessing.crop, preprocessing.crop]])
        affine = _constant(device, stream, affine_of(preprocessing.mean, preprocessing.std))
        return cls(plan, arena, slots, look, affine, whole, _fixed_rectangles(device, stream, plan))


def _constant(device: Device, stream: Stream, values: Sequence[Sequence[float]]) -> Buffer:
    host = device.pinned((len(values), len(values[0])), torch.float32)
    host.write()[:] = values
    there = device.empty((len(values), len(values[0])), torch.float32)
    stream.copy(Part(there), Part(host))
    stream.synchronize()
    host.free()
    return there


def _fixed_rectangles(device: Device, stream: Stream, plan: BundlePlan) -> Buffer | None:
    fixed = plan.manifest.plan.rectangles
    if fixed is None:
        return None
    rows = [[r.y, r.x, r.height, r.width] for r in fixed]
    return _constant(device, stream, rows * (plan.steps if len(rows) == 1 else 1))
