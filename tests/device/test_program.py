from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from foveate.bundle.manifest import Graph
from foveate.bundle.vocabulary import Form
from foveate.device.arena import Arena
from foveate.device.pixels import look_on_host
from foveate.device.program import Program
from foveate.device.slots import FrameSlots
from foveate.device.surroundings import Surroundings
from foveate.engine.messages import Stage
from foveate.engine.plan import BundlePlan
from foveate.engine.units import Unit
from foveate.errors import ExecutionError
from tests.device.fake import FakeDevice
from tests.device.harness import OnTensors
from tests.engine import systems
from tests.engine.fake import FakeGraph


class Wrong(OnTensors):
    """Gives one row too few."""

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        return [value[1:] for value in super().run(inputs)]


def program(stage: Stage, form: Form, memory: NDArray[Any], kind: type[OnTensors] = OnTensors) -> Program:
    device, plan = FakeDevice(), BundlePlan.of(systems.uni_tsm())
    slots = FrameSlots(device, device.register(memory), 64)
    stream = device.stream()
    around = Surroundings.of(device, plan, Arena(device, plan, 5, stream), slots, look_on_host, stream)
    network = plan.network(stage)
    assert network is not None
    graph: Graph = network.forms[form]
    loaded = kind(FakeGraph(graph, len(plan.manifest.plan.candidates), None), True)
    return Program(device, around, stage, form, 3, loaded)


def test_padding_looks_at_nothing_and_writes_to_the_spare_row(memory: NDArray[Any]) -> None:
    focus = program(Stage.FOCUS, Form.WHOLE, memory)
    focus.fill([Unit(0, Stage.FOCUS, Form.WHOLE, 0, 0)], [2], list(range(12)))
    control = focus.host_control.read()[0]
    assert control[:36].tolist() == [*range(12), *[64] * 24]
    assert control[36:72].tolist() == [*range(24, 36), *range(60, 72), *range(60, 72)]
    assert control[72:].tolist() == [2, 5, 5, 0, 0, 0]


def test_padding_is_left_out_of_what_is_declared(memory: NDArray[Any]) -> None:
    focus = program(Stage.FOCUS, Form.WHOLE, memory)
    reads, writes = focus.access([Unit(0, Stage.FOCUS, Form.WHOLE, 0, 0)], [2], list(range(12)))
    assert [list(part.rows) for part in reads if part.rows is not None] == [
        list(range(12)),
        list(range(24, 36)),
    ]
    assert [part.rows for part in writes] == [[2]]


def test_outputs_of_another_shape_are_refused(memory: NDArray[Any]) -> None:
    policy = program(Stage.POLICY, Form.WHOLE, memory, Wrong)
    policy.fill((), (), [])
    policy.control.tensor.copy_(torch.from_numpy(policy.host_control.read()))
    with pytest.raises(ExecutionError, match=r"policy\.onnx: frames came as \(2, 12\)"):
        policy.work()


def test_memory_is_given_back(memory: NDArray[Any]) -> None:
    policy = program(Stage.POLICY, Form.WHOLE, memory)
    policy.free()
    with pytest.raises(AssertionError, match="after it was freed"):
        policy.fill((), (), [])
