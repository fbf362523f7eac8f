"""One network in one form at one batch size: what is captured, and the numbers it is given."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from foveate.bundle.manifest import Graph, Input, Output
from foveate.bundle.vocabulary import Form, Sink, Source, Span, UnitKind
from foveate.device.arena import whole_rows
from foveate.device.graph import DeviceGraph
from foveate.device.protocol import Buffer, Device, Part
from foveate.device.surroundings import Surroundings
from foveate.engine.messages import Stage
from foveate.engine.units import Unit
from foveate.errors import ExecutionError

_FEATURES_OF = {Source.GLANCE: Stage.GLANCE, Source.FOCUS: Stage.FOCUS}
_FOR_THE_HOST = {Sink.LOGITS, Sink.FRAMES, Sink.RECTANGLES, Sink.KEEP}
Sections = TypeVar("Sections", NDArray[np.int64], Tensor)


class Program:
    """Runs batches of up to ``size`` units, padded to it.

    Args:
        device: where.
        around: what it shares with the bundle's other programs.
        stage: which network.
        form: in which form.
        size: units it runs.
        network: the graph.
    """

    def __init__(
        self, device: Device, around: Surroundings, stage: Stage, form: Form, size: int, network: DeviceGraph
    ) -> None:
        part = around.plan.network(stage)
        assert part is not None
        self.size = size
        self.graph: Graph = part.forms[form]
        self.kept = [output for output in self.graph.outputs if output.sink in _FOR_THE_HOST]
        self._around, self._stage, self._form, self._network = around, stage, form, network
        self._single = part.unit is UnitKind.FRAME
        self._pixels = part.pixels if any(p.source is Source.PIXELS for p in self.graph.inputs) else None
        self.looks = around.plan.frames_in(stage) if self._pixels else 0
        self._rectangles = self._table()
        self.host_control = device.pinned((1, 2 * size * (self.looks + 1)), torch.int64)
        self.control = device.empty((1, 2 * size * (self.looks + 1)), torch.int64)
        width = sum(_width(output) for output in self.kept)
        self.host_block = device.pinned((size, width), torch.float32)
        self.block = device.empty((size, width), torch.float32)

    def fill(self, units: Sequence[Unit], rows: Sequence[int], slots: Sequence[int]) -> None:
        """Write the numbers of a batch for the device to read; what is missing is padding."""
        control, size, looks = self.host_control.write()[0], self.size, self.looks
        slots_of, rectangle_of, row_of, index_of = self._sections(control)
        count = len(units)
        row_of[:count], row_of[count:] = rows, self._around.arena.spare
        index_of[:count], index_of[count:] = [unit.index for unit in units], 0
        if looks:
            slots_of[: count * looks], slots_of[count * looks :] = slots, self._around.slots.blank
            if self._stage is Stage.GLANCE:
                rectangle_of[:] = 0
                return
            steps = np.arange(looks) if not self._single else np.zeros(1, np.int64)
            each = (index_of[:, None] if self._single else 0) + steps
            first = 0 if self._around.fixed is not None else row_of[:, None] * self._around.plan.steps
            rectangle_of[:] = np.broadcast_to(first + each, (size, looks)).reshape(-1)

    def work(self) -> None:
        """The captured region: gather, network, scatter."""
        slots, rectangles, rows, index = self._sections(self.control.tensor[0])
        inputs = {p.name: self._input(p, slots, rectangles, rows, index) for p in self.graph.inputs}
        outputs = self._network.run(inputs)
        kept = []
        for output, value in zip(self.graph.outputs, outputs, strict=True):
            if tuple(value.shape) != (self.size, *output.shape):
                raise ExecutionError(f"{self.graph.file}: {output.name} came as {tuple(value.shape)}")
            if output.sink in _FOR_THE_HOST:
                kept.append(value.reshape(self.size, -1).float())
            self._scatter(output, value, rows, index)
        if kept:
            self.block.tensor.copy_(torch.cat(kept, 1))

    def access(
        self, units: Sequence[Unit], rows: Sequence[int], slots: Sequence[int]
    ) -> tuple[list[Part], list[Part]]:
        """What a batch reads and writes, padding left out."""
        arena, steps = self._around.arena, self._around.plan.steps
        reads = [Part(self.control), Part(self._around.slots.buffer, slots)]
        writes = [Part(self.block)] if self.kept else []
        for port in self.graph.inputs:
            if port.source is Source.STATE:
                reads.append(arena.states[self._stage, port.of or ""].part(rows))
            elif port.source in _FEATURES_OF:
                array = arena.features[_FEATURES_OF[port.source], port.of or ""]
                reads.append(array.part(_places(array.each, units, rows, port.span is Span.ONE)))
            elif port.source is Source.PIXELS and self._rectangles is arena.rectangles.buffer:
                reads.append(Part(self._rectangles, _places(steps, units, rows, self._single)))
        for output in self.graph.outputs:
            key = (self._stage, output.of or output.name)
            if output.sink is Sink.STATE:
                writes.append(arena.states[key].part(rows))
            elif output.sink is Sink.FEATURE and key in arena.features:
                array = arena.features[key]
                writes.append(array.part(_places(array.each, units, rows, self._single)))
            elif output.sink is Sink.RECTANGLES:
                one = self._form is Form.STEP
                writes.append(arena.rectangles.part(_places(steps, units, rows, one)))
        return reads, writes

    def decisions(self, count: int) -> list[NDArray[np.float32]]:
        """What the host keeps of a batch's first units, an array (count, ...) for each of ``kept``."""
        block, start, found = self.host_block.read()[:count], 0, []
        for output in self.kept:
            stop = start + _width(output)
            found.append(block[:, start:stop].reshape(count, *output.shape).copy())
            start = stop
        return found

    def free(self) -> None:
        """Give the memory back."""
        for buffer in (self.host_control, self.control, self.host_block, self.block):
            buffer.free()

    def _table(self) -> Buffer:
        if self._stage is Stage.GLANCE:
            return self._around.whole
        return self._around.fixed or self._around.arena.rectangles.buffer

    def _sections(self, control: Sections) -> tuple[Sections, Sections, Sections, Sections]:
        looks, size = self.size * self.looks, self.size
        return (
            control[:looks],
            control[looks : 2 * looks],
            control[2 * looks : 2 * looks + size],
            control[2 * looks + size :],
        )

    def _input(self, port: Input, slots: Tensor, rectangles: Tensor, rows: Tensor, index: Tensor) -> Tensor:
        arena = self._around.arena
        if port.source is Source.PIXELS:
            return self._see(slots, rectangles).view(self.size, *port.shape)
        if port.source is Source.STEP:
            return index
        if port.source is Source.STATE:
            return arena.states[self._stage, port.of or ""].buffer.tensor.index_select(0, rows)
        array = arena.features[_FEATURES_OF[port.source], port.of or ""]
        if port.span is Span.ALL:
            return whole_rows(array, rows).view(self.size, *port.shape)
        return array.buffer.tensor.index_select(0, rows * array.each + index)

    def _see(self, slots: Tensor, rectangles: Tensor) -> Tensor:
        around, pixels, kind = self._around, self._pixels, self._network
        assert pixels is not None
        out = torch.empty(
            (self.size * self.looks, 3, pixels.height, pixels.width),
            dtype=kind.pixel_type,
            device=slots.device,
            memory_format=kind.pixel_layout,
        )
        frames = around.slots.frames(around.plan.manifest.preprocessing.crop)
        around.look(frames, slots, self._rectangles.tensor, rectangles, pixels, around.affine.tensor, out)
        return out

    def _scatter(self, output: Output, value: Tensor, rows: Tensor, index: Tensor) -> None:
        arena, key = self._around.arena, (self._stage, output.of or output.name)
        if output.sink is Sink.STATE:
            target, one = arena.states[key], True
            index = torch.zeros_like(index)
        elif output.sink is Sink.FEATURE and key in arena.features:
            target, one = arena.features[key], self._single
        elif output.sink is Sink.RECTANGLES:
            target, one = arena.rectangles, self._form is Form.STEP
            if not one and value.ndim == 2:
                value = value[:, None].expand(-1, target.each, -1)
        else:
            return
        tensor = target.buffer.tensor
        if one:
            tensor.index_copy_(0, rows * target.each + index, value.to(tensor.dtype))
        else:
            shape = (-1, target.each, *tensor.shape[1:])
            tensor.view(shape).index_copy_(0, rows, value.reshape(shape).to(tensor.dtype))


def _width(output: Output) -> int:
    return int(np.prod(output.shape))


def _places(each: int, units: Sequence[Unit], rows: Sequence[int], one: bool) -> list[int]:
    """Places of units' values in an array: that of their own index, or all of their row."""
    if one:
        return [row * each + unit.index for unit, row in zip(units, rows, strict=True)]
    return [row * each + place for row in rows for place in range(each)]
