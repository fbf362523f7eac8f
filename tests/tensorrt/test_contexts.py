from types import SimpleNamespace

import numpy as np
import pytest

from foveate.errors import BundleError, ExecutionError
from foveate.tensorrt.contexts import EngineGraph, Shared
from foveate.tensorrt.flavour import FlavourName, flavour
from foveate.tensorrt.profiles import ranges
from tests.runtimes.made import DOUBLE
from tests.tensorrt.made import Context, Engine, HostDevice, Library

FULL = flavour(FlavourName.TENSORRT)


def loaded(most: int = 8, shared: Shared | None = None, fails: bool = False) -> tuple[EngineGraph, Engine]:
    shared = shared or Shared(HostDevice())
    assert isinstance(shared.device, HostDevice)
    engine = Engine(shared.device, most, fails)
    library = Library(lambda said, data: engine)
    return EngineGraph(FULL, library, engine, DOUBLE, ranges(most), shared), engine


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
    assert graph._shared.device.launches == len(ran)


def test_what_came_before_is_neither_in_the_padding_nor_changed() -> None:
    graph, _ = loaded()
    first = graph.run({"x": np.ones((6, 3), np.float32)})
    graph.run({"x": np.full((5, 3), 9, np.float32)})
    assert (first[0] == 2).all()
    assert (graph._inputs[0].array(6)[5] == 0).all()


def test_scratch_memory_is_shared_and_stays_where_it_is() -> None:
    device = HostDevice()
    shared = Shared(device)
    small, _ = loaded(4, shared)
    before = shared.scratch(0)
    loaded(8, shared)
    assert (before[1], shared.scratch(0)[1]) == (400, 800)
    assert loaded(2, shared)[0]._scratch == shared.scratch(0)
    # What was captured has the earlier piece's address in it.
    assert before[0] in device.memory
    small.run({"x": np.ones((1, 3), np.float32)})


def test_what_does_not_start_is_an_error_of_this_batch() -> None:
    graph, _ = loaded(shared=Shared(HostDevice(captures=False)))
    with pytest.raises(ExecutionError, match=r"double\.onnx: a batch of 2 could not be started"):
        graph.run({"x": np.full((2, 3), np.nan, np.float32)})
    graph.run({"x": np.ones((2, 3), np.float32)})


def test_what_cannot_be_captured_is_enqueued_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    shared = Shared(HostDevice(captures=False))
    graph, _ = loaded(2, shared)
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(graph.run({"x": x})[0], 2 * x)
    assert (shared.captured, shared.enqueued) == (0, 2)
    assert "double.onnx: batches of 2 are not captured in a graph: CUDA: cudaError" in caplog.text


def test_a_library_that_captures_by_itself_is_left_to_it() -> None:
    device = HostDevice()
    engine = Engine(device, 2)
    engine.create_runtime_config = lambda: SimpleNamespace(  # type: ignore[attr-defined]
        set_execution_context_allocation_strategy=lambda strategy: None
    )
    engine.create_execution_context = lambda config: Context(device, engine.ran)  # type: ignore[method-assign]
    library = Library(lambda said, data: engine)
    library.CudaGraphStrategy = SimpleNamespace(WHOLE_GRAPH_CAPTURE="whole")
    shared = Shared(device)
    graph = EngineGraph(flavour(FlavourName.RTX), library, engine, DOUBLE, ranges(2), shared)
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(graph.run({"x": x})[0], 2 * x)
    assert (device.launches, shared.captured, shared.enqueued) == (0, 0, 0)


def test_another_engine_serves_while_one_is_captured() -> None:
    device = HostDevice()
    shared = Shared(device)
    serving, _ = loaded(4, shared)
    answers = []
    device.meanwhile = lambda: answers.append(serving.run({"x": np.ones((3, 3), np.float32)})[0])
    loaded(8, shared)
    assert len(answers) == 6
    assert all((answer == 2).all() for answer in answers)


def test_a_context_that_takes_no_shapes() -> None:
    with pytest.raises(BundleError, match=r"double\.onnx: no context can be made for batches of 1"):
        loaded(fails=True)
