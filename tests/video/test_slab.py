"""Pages of shared memory."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from foveate.errors import ConfigError
from foveate.video.slab import Slab, SlabView


@pytest.fixture
def slab() -> Iterator[Slab]:
    made = Slab(page_bytes=48, pages=10)
    yield made
    made.close()


def test_allocation_is_all_or_nothing(slab: Slab) -> None:
    first = slab.allocate(7)
    assert first is not None
    assert len(set(first)) == 7
    assert slab.allocate(4) is None
    assert slab.free_pages == 3
    second = slab.allocate(3)
    assert second is not None
    assert set(first) | set(second) == set(range(10))
    slab.free(first)
    assert slab.free_pages == 7


def test_freeing_twice_is_an_error_and_frees_nothing(slab: Slab) -> None:
    pages = slab.allocate(2)
    assert pages is not None
    slab.free(pages[:1])
    with pytest.raises(ValueError, match="not allocated"):
        slab.free(pages)
    with pytest.raises(ValueError, match="cannot be freed"):
        slab.free((pages[1], pages[1]))
    assert slab.free_pages == 9


def test_all_pages_are_one_array(slab: Slab) -> None:
    slab.page(3, (48,))[...] = 7
    assert slab.array().shape == (10, 48)
    assert slab.array().sum(axis=1).tolist() == [0, 0, 0, 48 * 7, *[0] * 6]


def test_pages_do_not_overlap(slab: Slab) -> None:
    for number in range(10):
        slab.page(number, (4, 4, 3))[...] = number
    assert [int(slab.page(number, (48,)).min()) for number in range(10)] == list(range(10))


def test_bad_requests(slab: Slab) -> None:
    with pytest.raises(IndexError, match="no page 10"):
        slab.page(10, (1,))
    with pytest.raises(ValueError, match="does not fit"):
        slab.page(0, (49,))
    with pytest.raises(ValueError, match="-1"):
        slab.allocate(-1)
    with pytest.raises(ValueError, match="empty"):
        Slab(0, 1)


def test_another_process_writes_into_it(slab: Slab) -> None:
    script = (
        "import sys; from foveate.video.slab import SlabView\n"
        "SlabView.attach(sys.argv[1], 48, 10).page(3, (4, 4, 3))[...] = 77\n"
    )
    subprocess.run([sys.executable, "-c", script, slab.path], check=True)
    assert np.all(slab.page(3, (48,)) == 77)
    assert np.all(slab.page(2, (48,)) == 0)


def test_a_view_does_not_outgrow_the_memory(slab: Slab) -> None:
    with pytest.raises(ValueError, match="mmap"):
        SlabView.attach(slab.path, 48, 1000)


def test_closing_leaves_arrays_alive() -> None:
    slab = Slab(48, 2)
    array = slab.page(0, (48,))
    array[...] = 5
    slab.close()
    slab.close()
    assert int(array.sum()) == 240
    with pytest.raises(OSError, match="No such file"):
        SlabView.attach(slab.path, 48, 2)


def test_threads_never_share_a_page() -> None:
    slab = Slab(16, 64)
    owned = np.zeros(64, np.int64)

    def churn(_: int) -> None:
        for _ in range(300):
            pages = slab.allocate(5)
            if pages is None:
                continue
            owned[list(pages)] += 1
            assert np.all(owned[list(pages)] == 1)
            owned[list(pages)] -= 1
            slab.free(pages)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(churn, range(8)))
    assert slab.free_pages == 64
    slab.close()


@pytest.mark.parametrize("pages", [10**12, 10**30])
def test_more_memory_than_there_can_be(pages: int) -> None:
    with pytest.raises(ConfigError, match=f"^no memory for {pages} pages of 150528 bytes: "):
        Slab(150528, pages)
