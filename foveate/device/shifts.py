"""Finds temporal shifts among a graph's steps, so that each takes one pass, or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from torch import Tensor

from foveate.device.steps import Step, reads_of

_FRAMES, _CHANNELS = 1, 2
"""Axes of videos (n, frames, C, H, W)."""
_FOLLOWING = (0, 0, 0, 0, 0, 0, 1, 0, 0, 0)
_PRECEDING = (0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
"""Zeros before each axis and after each, in the place of a frame that there is not."""
_MOVED, _REST = ("Pad", "Slice", "Slice"), ("Slice",)
"""How the parts that are joined are made of videos, the last operator first."""


def join_shifts(steps: Sequence[Step], constants: Mapping[str, Tensor], outputs: Sequence[str]) -> list[Step]:
    """Put a step ``TemporalShift`` (``frames``, ``part``) for each shift; see ``temporal_shift``.

    In a file it is a reshape to videos; all frames but the first of some channels, and zeros after them; all
    frames but the last of as many channels, and zeros before them; the channels that are left; the three
    joined, and a reshape back. What differs in anything, or is read by somebody else, stays as it is.

    Args:
        steps: of a graph, in order.
        constants: the graph's, by name.
        outputs: values that the graph gives.
    """
    makers = {name: step for step in steps for name in step.outputs}
    graph = _Graph(makers, constants, reads_of(steps, outputs))
    put: dict[str, list[Step]] = {}
    for step in steps:
        found = graph.shift(step)
        if found is not None:
            put.update({name: [] for name in found.gone})
            put[step.outputs[0]] = found.steps
    return list(chain.from_iterable(put.get(step.outputs[0], [step]) for step in steps))


@dataclass(frozen=True, slots=True)
class _Found:
    """What is put for the last step of a shift, and outputs of the steps that go."""

    steps: list[Step]
    gone: list[str]


@dataclass(frozen=True, slots=True)
class _Graph:
    """Who makes a value, what is constant, and how often a value is read."""

    makers: Mapping[str, Step]
    constants: Mapping[str, Tensor]
    reads: Mapping[str, int]

    def shift(self, last: Step) -> _Found | None:
        """The shift that a step ends."""
        joined = self._back(last.inputs[0], ("Concat",)) if last.op == "Reshape" else []
        if not joined or joined[0].attributes["axis"] not in (_CHANNELS, _CHANNELS - 5):
            return None
        names = joined[0].inputs
        if len(names) != 3:
            return None
        parts = [self._back(*part) for part in zip(names, (_MOVED, _MOVED, _REST), strict=True)]
        sides = self._sides(parts, last) if all(parts) else ()
        if not sides:
            return None
        done = [self._done(step, sides) for step in chain.from_iterable(parts)]
        frames, channels = sides[_FRAMES], sides[_CHANNELS]
        part = done[1][-1] if done[1] else 0
        following = [_FOLLOWING, (_CHANNELS, 0, part), (_FRAMES, 1, frames)]
        preceding = [_PRECEDING, (_CHANNELS, part, 2 * part), (_FRAMES, 0, frames - 1)]
        if part < 1 or done != [*following, *preceding, (_CHANNELS, 2 * part, channels)]:
            return None
        gone = [step.outputs[0] for step in chain(joined, *parts)]
        return _Found(_shift_of(parts[0][-1].inputs[0], joined[0], last, (frames, part)), gone)

    def _back(self, name: str | None, ops: Sequence[str]) -> list[Step]:
        """The steps that make a value, the last first, if they are these and nothing else reads them."""
        steps: list[Step] = []
        for op in ops:
            step = self.makers.get(name or "")
            if step is None or step.op != op or step.host or self.reads[step.outputs[0]] != 1:
                return []
            steps.append(step)
            name = step.inputs[0]
        return steps

    def _sides(self, parts: Sequence[Sequence[Step]], last: Step) -> tuple[int, ...]:
        """Those of the videos, if all parts are of the same and they are frames again at the end."""
        videos, *others = (part[-1].inputs[0] for part in parts)
        first = self.makers.get(videos or "")
        if first is None or first.op != "Reshape" or others != [videos] * 2 or self.reads[videos or ""] != 3:
            return ()
        sides, flat = (self._numbers(step.inputs[1]) for step in (first, last))
        if len(sides) != 5 or min(sides[1:]) < 1 or sides[0] != -1 or flat != (-1, *sides[_CHANNELS:]):
            return ()
        return sides

    def _done(self, step: Step, sides: Sequence[int]) -> tuple[int, ...]:
        """Zeros of a padding; of a slice the axis and its two ends; nothing of any others."""
        _, *given = step.inputs
        if step.op == "Pad":
            zeros, fill, axes = (*given, None, None)[:3]
            plain = axes is None and step.attributes.get("mode", b"constant") == b"constant"
            return self._numbers(zeros) if plain and (fill is None or self._numbers(fill) == (0,)) else ()
        found = [self._numbers(name) for name in given]
        if len(found) not in (3, 4) or any(len(numbers) != 1 for numbers in found):
            return ()
        start, end, axis, steps = (*chain.from_iterable(found), 1)[:4]
        return (axis, *slice(start, end).indices(sides[axis])[:2]) if steps == 1 and axis in (1, 2) else ()

    def _numbers(self, name: str | None) -> tuple[int, ...]:
        numbers = self.constants.get(name or "")
        return () if numbers is None else tuple(numbers.reshape(-1).tolist())


def _shift_of(videos: str | None, joined: Step, last: Step, shift: tuple[int, int]) -> list[Step]:
    """Both reshapes stay: they copy nothing, and refuse a batch that is not whole videos."""
    shape, (name,) = last.inputs[1], joined.outputs
    frames, part = shift
    attributes = {"frames": frames, "part": part}
    return [
        replace(last, inputs=(videos, shape), outputs=(name,)),
        Step("TemporalShift", (name,), last.outputs, attributes, False),
    ]
