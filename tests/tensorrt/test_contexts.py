import numpy as np
import pytest

from foveate.errors import BundleError, ExecutionError
from foveate.tensorrt.contexts import EngineGraph, Shared
from foveate.tensorrt.flavour import FlavourName, flavour
from foveate.tensorrt.profiles import ranges
from tests.runtimes.made import DOUBLE
from tests.tensorrt.made import Engine, HostDevice, Library

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
    assert engine.ran == ran


def test_what_came_before_is_neither_in_the_padding_nor_changed() -> None:
    graph, _ = loaded()
    first = graph.run({"x": np.ones((6, 3), np.float32)})
    graph.run({"x": np.full((5, 3), 9, np.float32)})
    assert (first[0] == 2).all()
    assert (graph._inputs[0].array(6)[5] == 0).all()


def test_scratch_memory_is_one_piece_as_large_as_the_largest_needs() -> None:
    device = HostDevice()
    shared = Shared(device)
    small, _ = loaded(4, shared)
    before = shared.scratch
    loaded(8, shared)
    assert (before[1], shared.scratch[1]) == (400, 800)
    assert device.freed == [before[0]]
    loaded(2, shared)
    assert shared.scratch[1] == 800
    small.run({"x": np.ones((1, 3), np.float32)})


def test_what_does_not_start_is_an_error_of_this_batch() -> None:
    graph, _ = loaded()
    with pytest.raises(ExecutionError, match=r"double\.onnx: a batch of 2 could not be started"):
        graph.run({"x": np.full((2, 3), np.nan, np.float32)})
    graph.run({"x": np.ones((2, 3), np.float32)})


def test_a_context_that_takes_no_shapes() -> None:
    with pytest.raises(BundleError, match=r"double\.onnx: no context can be made for batches of 1"):
        loaded(fails=True)
