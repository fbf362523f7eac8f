import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from foveate.engine.lanes import DeviceLostError
from foveate.errors import BundleError, ExecutionError
from foveate.runtimes.base import Tensor
from foveate.tensorrt.contexts import EngineGraph, Shared
from foveate.tensorrt.profiles import ranges
from foveate.tensorrt.said import Errors
from tests.runtimes.made import DOUBLE
from tests.tensorrt.made import Engine, HostDevice

ROW = np.ones((1, 3), np.float32)


def shared_by(device: HostDevice | None = None) -> Shared:
    return Shared(device or HostDevice(), Errors())


def loaded(
    most: int = 8, shared: Shared | None = None, engine: Engine | None = None, captured: bool = True
) -> tuple[EngineGraph, Engine]:
    shared = shared or shared_by()
    assert isinstance(shared.device, HostDevice)
    engine = engine or Engine(shared.device, most)
    return EngineGraph(engine, "user managed", DOUBLE, ranges(most), shared, captured), engine


@pytest.mark.parametrize(
    ("units", "ran"),
    [(1, [(1, 0)]), (3, [(3, 0)]), (5, [(6, 1)]), (8, [(8, 1)]), (11, [(8, 1), (3, 0)]), (16, 2 * [(8, 1)])],
)
def test_a_batch_is_padded_to_its_bucket_and_its_rows_come_back(
    units: int, ran: list[tuple[int, int]]
) -> None:
    graph, engine = loaded()
    x = np.random.default_rng(units).random((units, 3), np.float32)
    twice, plus = graph.run({"x": x})
    np.testing.assert_array_equal(twice, 2 * x)
    np.testing.assert_array_equal(plus, 3 * x)
    tried = len(graph._buckets)
    assert engine.ran[tried:] == ran
    device = graph._shared.device
    assert isinstance(device, HostDevice)
    assert device.launches == len(ran)


def test_what_came_before_is_neither_in_the_padding_nor_changed() -> None:
    graph, _ = loaded()
    first = graph.run({"x": np.ones((6, 3), np.float32)})
    graph.run({"x": np.full((5, 3), 9, np.float32)})
    assert (first[0] == 2).all()
    assert [tray.array(graph._inputs[0], 6)[4:, 0].tolist() for tray in graph._trays].count([9, 0]) == 1


def test_scratch_memory_is_shared_and_stays_where_it_is() -> None:
    device = HostDevice()
    shared = shared_by(device)
    small, _ = loaded(4, shared)
    before = shared.scratch(0)
    loaded(8, shared)
    assert (before[1], shared.scratch(0)[1]) == (400, 800)
    assert loaded(2, shared)[0]._scratch == shared.scratch(0)
    # What was captured has the earlier piece's address in it.
    assert before[0] in device.memory
    small.run({"x": ROW})


def test_the_next_batch_is_filled_while_one_is_computed() -> None:
    device = HostDevice()
    graph, _ = loaded(4, shared_by(device))
    others: list[Sequence[Tensor]] = []
    thread = threading.Thread(target=lambda: others.append(graph.run({"x": 5 * ROW})))

    def wait() -> None:
        """The GPU is not done before the other thread's batch lies in its tray."""
        device.waiting = lambda: None
        thread.start()
        until = time.monotonic() + 10
        while not any((tray.array(graph._inputs[0], 1) == 5).all() for tray in graph._trays):
            assert time.monotonic() < until
            time.sleep(0.001)

    device.waiting = wait
    np.testing.assert_array_equal(graph.run({"x": ROW})[0], 2 * ROW)
    thread.join(10)
    np.testing.assert_array_equal(others[0][0], 10 * ROW)


def test_what_does_not_start_is_an_error_of_this_batch_and_says_why() -> None:
    errors = Errors()
    graph, engine = loaded(shared=Shared(HostDevice(captures=False), errors))
    engine.complain = errors.add
    wanted = r"double\.onnx: a batch of 2 could not be started: the input is no number$"
    with pytest.raises(ExecutionError, match=wanted):
        graph.run({"x": np.full((2, 3), np.nan, np.float32)})
    graph.run({"x": np.ones((2, 3), np.float32)})


def fail(times: int) -> Callable[[], None]:
    left = [times]

    def wait() -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise ExecutionError("CUDA: cudaErrorIllegalAddress")

    return wait


@pytest.mark.parametrize(("times", "error"), [(1, ExecutionError), (2, DeviceLostError)])
def test_a_gpu_that_fails_again_and_again_ends_the_lane(times: int, error: type[BaseException]) -> None:
    device = HostDevice()
    graph, _ = loaded(2, shared_by(device))
    device.waiting = fail(times)
    with pytest.raises(error, match="cudaErrorIllegalAddress"):
        graph.run({"x": ROW})
    np.testing.assert_array_equal(graph.run({"x": ROW})[0], 2 * ROW)


def test_what_cannot_be_captured_is_enqueued_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    shared = shared_by(HostDevice(captures=False))
    graph, _ = loaded(2, shared)
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(graph.run({"x": x})[0], 2 * x)
    assert (shared.captured, shared.enqueued) == (0, 2)
    assert "double.onnx: batches of 2 are not captured in a graph: CUDA: cudaError" in caplog.text


def test_what_cannot_run_at_all_is_not_taken_for_what_cannot_be_captured() -> None:
    device = HostDevice()
    engine = Engine(device, 2)
    engine.starts = False
    shared = shared_by(device)
    with pytest.raises(ExecutionError, match=r"double\.onnx: a batch of 1 could not be started"):
        loaded(2, shared, engine)
    assert (shared.captured, shared.enqueued) == (0, 0)


def test_without_graphs_every_bucket_has_still_run_once() -> None:
    device = HostDevice()
    shared = shared_by(device)
    graph, engine = loaded(4, shared, captured=False)
    assert engine.ran == [(1, 0), (2, 0), (3, 0), (4, 0)]
    np.testing.assert_array_equal(graph.run({"x": ROW})[0], 2 * ROW)
    assert (device.launches, shared.captured, shared.enqueued) == (0, 0, 0)


def test_another_engine_serves_while_one_is_captured() -> None:
    device = HostDevice()
    shared = shared_by(device)
    serving, _ = loaded(4, shared)
    answers = []
    device.meanwhile = lambda: answers.append(serving.run({"x": np.ones((3, 3), np.float32)})[0])
    loaded(8, shared)
    assert len(answers) == 12
    assert all((answer == 2).all() for answer in answers)


def test_contexts_that_cannot_be_made() -> None:
    device = HostDevice()
    refusing, full = Engine(device, 2), Engine(device, 2)
    refusing.fails, full.contexts = RuntimeError("no such profile"), False
    wanted = r"double\.onnx: no context can be made for batches of 1: "
    for engine, why in ((refusing, "no such profile"), (full, "it does not say why")):
        with pytest.raises(BundleError, match=wanted + why):
            loaded(2, shared_by(device), engine)
