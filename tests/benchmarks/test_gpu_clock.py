"""The clock of a GPU's work, on the fake device, where time passes as the work says."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pytest
import torch

from benchmarks.gpu.clock import Clock, CudaMark
from foveate.device.protocol import Stream
from tests.device.fake import FakeDevice


@dataclass
class Course:
    """Time that passes only by work, and the order in which the work was done."""

    now: float = 0.0
    done: list[str] = field(default_factory=list)

    def work(self, name: str, seconds: float) -> None:
        self.done.append(name)
        self.now += seconds


class Timed(Protocol):
    @property
    def now(self) -> float: ...


class Mark:
    """See ``benchmarks.gpu.clock.Mark``; put where the stream is, which has yet to come there."""

    def __init__(self, course: Timed, stream: Stream) -> None:
        self.at = float("nan")

        def reach() -> None:
            self.at = course.now

        stream.launch(reach)

    def until(self, later: "Mark") -> float:
        return later.at - self.at


def test_ways_are_timed_in_turns_by_the_call() -> None:
    course, device = Course(), FakeDevice()
    clock = Clock(device, lambda stream: Mark(course, stream), calls=3)
    found = clock.times([lambda: course.work("a", 0.5), lambda: course.work("b", 0.25)], repeats=4)
    assert [one.tolist() for one in found] == [[0.5] * 4, [0.25] * 4]
    assert (device.captures, device.replays) == (2, 2 * (4 + 1))
    turns = [*"aaabbb"] * 5
    assert course.done[-len(turns) :] == turns
    # Tried before it is captured, as torch asks for.
    assert course.done[:2] == ["a", "a"]


def test_what_comes_first_is_not_counted() -> None:
    course = Course()
    # Tried twice, captured, replayed.
    lengths = iter([9.0, 9.0, 9.0, 7.0, 2.0, 4.0])
    clock = Clock(FakeDevice(), lambda stream: Mark(course, stream), calls=1)
    (found,) = clock.times([lambda: course.work("a", next(lengths))], repeats=2)
    assert found.tolist() == [2.0, 4.0]


def test_work_that_is_done_once_has_ended() -> None:
    course = Course()
    Clock(FakeDevice(), lambda stream: Mark(course, stream)).once(lambda: course.work("once", 1.0))
    assert course.done == ["once"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_a_gpu_takes_longer_for_more() -> None:
    from foveate.device.cuda import CudaDevice

    few, many = (torch.zeros(size, device="cuda") for size in (2**22, 2**28))
    found = Clock(CudaDevice(), CudaMark).times([lambda: few.add_(1), lambda: many.add_(1)], repeats=5)
    assert np.median(found[1]) > 4 * np.median(found[0]) > 0
