import pytest

from foveate.device.buckets import bucket_for, buckets_up_to


def test_buckets_are_powers_of_two_and_one_and_a_half_times_them() -> None:
    assert buckets_up_to(64) == (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
    assert buckets_up_to(1) == (1,)
    assert buckets_up_to(21) == (1, 2, 3, 4, 6, 8, 12, 16, 21)


@pytest.mark.parametrize("most", [1, 2, 5, 16, 100])
def test_every_size_has_the_smallest_bucket_that_holds_it(most: int) -> None:
    buckets = buckets_up_to(most)
    for count in range(1, most + 1):
        found = bucket_for(count, buckets)
        assert found == min(size for size in buckets if size >= count)
        assert found < 2 * count or found == 1
    with pytest.raises(ValueError, match="none of the buckets"):
        bucket_for(most + 1, buckets)
