import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from foveate.tensorrt.profiles import Range, bucket_of, buckets, range_of, ranges


def test_buckets() -> None:
    assert buckets(1) == (1,)
    assert buckets(8) == (1, 2, 3, 4, 6, 8)
    assert buckets(20) == (1, 2, 3, 4, 6, 8, 12, 16, 20)


def test_few_ranges_hold_them() -> None:
    assert [(each.least, each.best, each.most) for each in ranges(64)] == [
        (1, 4, 4),
        (6, 24, 24),
        (32, 64, 64),
    ]


@given(most=st.integers(1, 4096), data=st.data())
def test_every_batch_has_a_bucket_within_one_range(most: int, data: st.DataObject) -> None:
    units = data.draw(st.integers(1, most))
    sizes, found = buckets(most), ranges(most)
    bucket = bucket_of(units, sizes)
    assert units <= bucket <= max(1, 3 * units // 2 + 1)
    chosen = found[range_of(bucket, found)]
    assert chosen.least <= bucket <= chosen.most <= 4 * chosen.least
    assert found[-1].most == sizes[-1] == most
    assert len(found) <= 7


def test_a_batch_beyond_the_largest_bucket() -> None:
    with pytest.raises(ValueError, match="9 units are more than the largest bucket, 8"):
        bucket_of(9, buckets(8))


def test_a_range_in_disorder() -> None:
    with pytest.raises(ValidationError, match="from its least over its best"):
        Range(least=2, best=1, most=4)
