import pytest

from foveate.runtimes.batches import ON_CPU, Batches, batches_for


@pytest.mark.parametrize(
    ("gib", "wanted"), [(8, (64, 16)), (24, (128, 32)), (79.6, (256, 64)), (140, (256, 64)), (0.5, (64, 16))]
)
def test_more_memory_takes_larger_batches(gib: float, wanted: tuple[int, int]) -> None:
    assert batches_for(int(gib * (1 << 30))) == Batches(*wanted)


def test_without_a_gpu_they_are_a_cpus() -> None:
    assert batches_for(None) is ON_CPU
