from pathlib import Path

import numpy as np
import pytest

from training.synthetic.clip import SceneSettings, draw_pool, make_clip, sample_times
from training.synthetic.source import synthetic_pools

SMALL = SceneSettings(width=160, height=128, crop=112, clutter=5, moving=2)


def test_pools_are_the_clips_in_their_order(tmp_path: Path) -> None:
    data = synthetic_pools(tmp_path, 1, "train", 12, 3, SMALL)
    assert data.pools.shape == (12, 3, 112, 112, 3)
    assert data.labels.tolist() == [*range(10), 0, 1]
    pool, middles = draw_pool(make_clip(1, "train", 11, SMALL), sample_times(2.0, 3))
    assert np.array_equal(data.pools[11], pool)
    assert data.middles is not None
    assert np.array_equal(data.middles[11], middles)


def test_pools_of_another_way_of_drawing_are_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = synthetic_pools(tmp_path, 1, "train", 1, 1, SMALL).pools[0].copy()
    monkeypatch.setattr("training.synthetic.figure.HEAD", 0.2)
    assert not np.array_equal(synthetic_pools(tmp_path, 1, "train", 1, 1, SMALL).pools[0], first)


def test_other_settings_and_splits_have_folders_of_their_own(tmp_path: Path) -> None:
    for split, settings in (
        ("train", SMALL),
        ("test", SMALL),
        ("train", SceneSettings(160, 128, 112, clutter=1)),
    ):
        synthetic_pools(tmp_path, 1, split, 1, 1, settings)
    assert len(list(tmp_path.iterdir())) == 3


def test_two_lists_lie_one_after_the_other(tmp_path: Path) -> None:
    both = synthetic_pools(tmp_path, 1, "test", 1, (1, 2), SMALL)
    assert both.frames == 3
    one, other = (synthetic_pools(tmp_path, 1, "test", 1, count, SMALL) for count in (1, 2))
    assert np.array_equal(both.pools[0], np.concatenate([one.pools[0], other.pools[0]]))
