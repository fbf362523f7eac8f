from typing import Any

from numpy.typing import NDArray

from foveate.bundle.manifest import Manifest
from foveate.device.arena import Arena
from foveate.device.pixels import look_on_host
from foveate.device.slots import FrameSlots
from foveate.device.surroundings import Surroundings
from foveate.engine.plan import BundlePlan
from tests.device.fake import FakeDevice
from tests.engine import systems


def around(manifest: Manifest, memory: NDArray[Any]) -> Surroundings:
    device, plan = FakeDevice(), BundlePlan.of(manifest)
    slots = FrameSlots(device, device.register(memory), 4)
    stream = device.stream()
    return Surroundings.of(device, plan, Arena(device, plan, 1, stream), slots, look_on_host, stream)


def test_one_rectangle_stands_for_all_steps(memory: NDArray[Any]) -> None:
    found = around(systems.dense(), memory)
    assert found.whole.tensor.tolist() == [[0, 0, 32, 32]]
    assert found.fixed is not None
    assert found.fixed.tensor.tolist() == [[0, 0, 32, 32]] * 8


def test_rectangles_that_a_policy_chooses_are_not_fixed(memory: NDArray[Any]) -> None:
    assert around(systems.uni_tsm(), memory).fixed is None
