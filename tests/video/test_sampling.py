"""The sampling rules against the published numbers, and what holds for all of them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveate.bundle.manifest import Sampling
from foveate.bundle.vocabulary import SamplingRule
from foveate.video.sampling import pool_indices, sample
from tests.video import golden


@pytest.mark.parametrize(
    ("table", "rule", "count"),
    [
        ("untrimmed_16", SamplingRule.CENTRES_REPEAT_LAST, 16),
        ("tsm_glance_8", SamplingRule.CENTRES_REPEAT_FIRST, 8),
        ("tsm_focus_12", SamplingRule.CENTRES_REPEAT_FIRST, 12),
    ],
)
def test_centres_are_the_published_ones(shared: Path, table: str, rule: SamplingRule, count: int) -> None:
    published = golden.read(shared, "adafocus-sampling")[table]["frames"]
    assert len(published) > 20
    assert {n: sample(rule, count, int(n)) for n in published} == published


def test_segment_middles_are_the_published_ones(shared: Path) -> None:
    published = golden.read(shared, "uni-adafocus-unit-prep")["frame_index"]
    assert len(published) > 20
    for case, indices in published.items():
        frames, count = (int(part) for part in case.split(":"))
        assert sample(SamplingRule.SEGMENT_MIDDLES, count, frames) == indices, case


def test_seeded_segments_are_the_published_ones(shared: Path) -> None:
    published = golden.read(shared, "ocsampler-unit-prep")["frame_index"]
    assert len(published) == 30
    assert {n: sample(SamplingRule.SEEDED_SEGMENTS, 10, int(n)) for n in published} == published


def test_known_values() -> None:
    # Worked out by hand, for machines without the golden numbers.
    assert sample(SamplingRule.CENTRES_REPEAT_LAST, 4, 8) == [1, 3, 5, 7]
    assert sample(SamplingRule.CENTRES_REPEAT_LAST, 4, 2) == [0, 1, 1, 1]
    assert sample(SamplingRule.CENTRES_REPEAT_FIRST, 4, 4) == [0, 0, 0, 0]
    assert sample(SamplingRule.SEGMENT_MIDDLES, 4, 2) == [0, 0, 1, 1]
    assert sample(SamplingRule.SEEDED_SEGMENTS, 4, 3) == [0, 1, 2, 0]


@given(rule=st.sampled_from(SamplingRule), count=st.integers(1, 128), frames=st.integers(1, 5000))
def test_indices_are_frames_of_the_video(rule: SamplingRule, count: int, frames: int) -> None:
    indices = sample(rule, count, frames)
    assert len(indices) == count
    assert all(0 <= index < frames for index in indices)
    if frames >= count or rule is not SamplingRule.SEEDED_SEGMENTS:
        assert indices == sorted(indices)
    if frames > count:
        assert len(set(indices)) == count


@given(rule=st.sampled_from(SamplingRule), frames=st.integers(1, 500))
def test_a_pool_is_its_lists_one_after_the_other(rule: SamplingRule, frames: int) -> None:
    pool = pool_indices(Sampling(rule=rule, counts=(8, 12)), frames)
    assert pool == sample(rule, 8, frames) + sample(rule, 12, frames)


@pytest.mark.parametrize(("count", "frames"), [(0, 5), (5, 0)])
def test_nothing_cannot_be_sampled(count: int, frames: int) -> None:
    with pytest.raises(ValueError, match="cannot sample"):
        sample(SamplingRule.SEGMENT_MIDDLES, count, frames)
