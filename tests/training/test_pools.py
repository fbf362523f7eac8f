from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from training.errors import DataError
from training.pools import Pages, cached_pools

SHAPE = (2, 4)


class Source:
    """Fills page n with n, and may fail or be killed."""

    def __init__(self, bad: tuple[int, ...] = (), kill: int | None = None) -> None:
        self.calls: list[int] = []
        self.bad = bad
        self.kill = kill

    def __call__(self, number: int, pages: Pages) -> NDArray[np.float32]:
        if number == self.kill:
            raise KeyboardInterrupt
        self.calls.append(number)
        if number in self.bad:
            raise DataError(f"number {number} is bad")
        pages[...] = number
        return np.full((2, 2), number, np.float32)


def test_pools_are_made_once_and_then_found(tmp_path: Path) -> None:
    source = Source()
    made = cached_pools(tmp_path, 5, SHAPE, source)
    found = cached_pools(tmp_path, 5, SHAPE, source)
    assert source.calls == list(range(5))
    assert made.pools.shape == (5, 2, 4, 4, 3)
    for cached in (made, found):
        assert cached.pools[:, 0, 0, 0, 0].tolist() == list(range(5))
        assert cached.middles is not None
        assert cached.middles[:, 0, 0].tolist() == list(range(5))


def test_after_a_kill_only_the_rest_is_made(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        cached_pools(tmp_path, 70, SHAPE, Source(kill=50))
    source = Source()
    cached = cached_pools(tmp_path, 70, SHAPE, source)
    assert source.calls[0] == 32
    assert cached.pools[:, 1, 3, 3, 2].tolist() == list(range(70))


def test_the_bad_ones_are_left_out_and_named(tmp_path: Path) -> None:
    for source in (Source(bad=(0, 3)), Source()):
        cached = cached_pools(tmp_path, 5, SHAPE, source, refuse=False)
        assert cached.kept == (1, 2, 4)
        assert cached.faults == {0: "number 0 is bad", 3: "number 3 is bad"}
        assert cached.pools[:, 0, 0, 0, 0].tolist() == [1, 2, 4]


def test_what_was_left_out_refuses_a_run_that_leaves_nothing_out(tmp_path: Path) -> None:
    cached_pools(tmp_path, 5, SHAPE, Source(bad=(0, 3)), refuse=False)
    with pytest.raises(DataError, match="number 0"):
        cached_pools(tmp_path, 5, SHAPE, Source())


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("journal.json", b""),
        ("journal.json", b'{"done": 5, "kept": [0, 1'),
        ("journal.json", b'{"done": 5}'),
        ("journal.json", b'{"done": 5, "kept": [0, 1, 2], "faults": {}}'),
        ("journal.json", b'{"done": 6, "kept": [0, 1, 2, 3, 4, 5], "faults": {}}'),
        ("journal.json", b'["done"]'),
        ("pools.npy", b""),
        ("pools.npy", b"no array"),
        ("middles.npy", b"\x93NUMPY\x01\x00\x05\x00{(\n ("),
    ],
)
def test_a_damaged_file_is_made_anew(tmp_path: Path, file: str, content: bytes) -> None:
    cached_pools(tmp_path, 5, SHAPE, Source())
    (tmp_path / file).write_bytes(content)
    source = Source()
    cached = cached_pools(tmp_path, 5, SHAPE, source)
    assert source.calls == list(range(5))
    assert cached.pools[:, 1, 3, 3, 2].tolist() == list(range(5))


def test_a_file_that_was_cut_short_is_made_anew_though_the_making_is_killed_again(tmp_path: Path) -> None:
    cached_pools(tmp_path, 5, SHAPE, Source())
    with (tmp_path / "pools.npy").open("r+b") as file:
        file.truncate(200)
    with pytest.raises(KeyboardInterrupt):
        cached_pools(tmp_path, 5, SHAPE, Source(kill=2))
    source = Source()
    assert cached_pools(tmp_path, 5, SHAPE, source).pools[:, 0, 0, 0, 0].tolist() == list(range(5))
    assert source.calls == list(range(5))


def test_the_first_bad_one_refuses_all_where_that_is_asked(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="number 3"):
        cached_pools(tmp_path, 5, SHAPE, Source(bad=(3,)))


def test_middles_that_nobody_knows(tmp_path: Path) -> None:
    assert cached_pools(tmp_path, 2, SHAPE, lambda number, pages: None).middles is None
