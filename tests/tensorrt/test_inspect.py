import pytest

from foveate.errors import BundleError
from foveate.tensorrt.inspect import EngineTensor, check_tensors, engine_tensors
from foveate.tensorrt.profiles import ranges
from tests.runtimes.made import DOUBLE
from tests.tensorrt.made import Engine, HostDevice


def found() -> tuple[EngineTensor, ...]:
    return engine_tensors(Engine(HostDevice(), 8))


def changed(name: str, **changes: object) -> list[EngineTensor]:
    return [each.model_copy(update=changes) if each.name == name else each for each in found()]


def test_an_engine_tells_what_it_has() -> None:
    x, plus, twice = found()
    assert x.profiles == (((1, 3), (4, 3), (4, 3)), ((6, 3), (8, 3), (8, 3)))
    assert (plus.mode, plus.profiles, twice.dtype, twice.shape) == ("output", (), "float32", (-1, 3))
    check_tensors("it", found(), DOUBLE, ranges(8))


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        (found()[:2], r"it has \['plus', 'x'\], not the manifest's \['plus', 'twice', 'x'\]"),
        (changed("plus", dtype="float16"), "it: plus is .*float16.*, not the manifest's .*float32"),
        (changed("plus", shape=(-1, 4)), "it: plus is"),
        (changed("x", mode="output"), "it: x is"),
        (changed("x", profiles=()), "it: x has the profiles"),
    ],
)
def test_what_is_not_the_manifests_is_refused(tensors: list[EngineTensor], said: str) -> None:
    with pytest.raises(BundleError, match=said):
        check_tensors("it", tensors, DOUBLE, ranges(8))


def test_other_batch_sizes_are_refused() -> None:
    with pytest.raises(BundleError, match="it: x has the profiles"):
        check_tensors("it", found(), DOUBLE, ranges(16))
