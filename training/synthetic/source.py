"""The synthetic data set as pools, drawn without any video file in between."""

from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.pools import Pages, PoolSet, Watch, cached_pools
from training.synthetic.actions import LABELS
from training.synthetic.clip import SceneSettings, draw_pool, make_clip, sample_times


def synthetic_pools(
    cache: Path,
    seed: int,
    split: str,
    count: int,
    frames: int | tuple[int, ...],
    settings: SceneSettings | None = None,
    watch: Watch = iter,
) -> PoolSet:
    """Pools of clips 0 to ``count`` of a split.

    Args:
        cache: folder in which they are kept.
        seed: of the data set.
        split: train, validation or test.
        count: number of clips.
        frames: frames of a pool; of each list of them, where there are several.
        settings: how clips look; None for the usual ones.
        watch: shows progress.
    """
    settings = settings or SceneSettings()
    counts = (frames,) if isinstance(frames, int) else frames
    times = [time for part in counts for time in sample_times(settings.seconds, part)]

    def fill(number: int, pages: Pages) -> NDArray[np.float32]:
        return draw_pool(make_clip(seed, split, number, settings), times, pages)[1]

    name = f"{count}x{'+'.join(map(str, counts))}"
    folder = cache / f"synthetic-{seed}-{split}-{name}-{_looks(seed, settings)}"
    cached = cached_pools(folder, count, (len(times), settings.crop), fill, watch)
    labels = np.arange(count, dtype=np.int64) % len(LABELS)
    return PoolSet(cached.pools, labels, cached.middles, LABELS)


def _looks(seed: int, settings: SceneSettings) -> str:
    """A short name of what clips look like, so that pools of an earlier way of drawing are not taken."""
    digest = sha256()
    for number in range(len(LABELS)):
        digest.update(make_clip(seed, "train", number, settings).draw(settings.seconds / 2)[0].tobytes())
    return digest.hexdigest()[:8]
