"""The frames of a pool, as a network is shown them."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from foveate.bundle.vocabulary import SamplingRule
from training.augment import draw_crop, middle_crop
from training.frame_lists import FrameLists
from training.networks import normalised
from training.part import Augmented
from training.pools import Pages, PoolSet


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the videos of a data set.

    Attributes:
        data: the videos. Their frames may be larger than a network sees them, and several may have been kept
            for each that it sees.
        lists: the frames that the network sees; None where they are those of a pool.
        device: where frames are put.
    """

    data: PoolSet
    lists: FrameLists | None
    device: torch.device

    @property
    def seen(self) -> FrameLists:
        """The frames that the network sees."""
        data = self.data
        whole = FrameLists(SamplingRule.CENTRES_REPEAT_LAST, (data.frames,), data.crop, data.crop)
        return self.lists or whole

    def pages(self, number: int) -> Pages:
        """A video without any chance: its middle, uint8 (T, crop, crop, 3), where it lies in memory."""
        lists, frames = self.seen, self.data.pools[number]
        choices = len(frames) // lists.frames
        if choices > 1:
            frames = frames[np.arange(lists.frames) * choices + choices // 2]
        place = middle_crop(self.data.crop, lists.crop)
        rows, columns = (slice(start, start + lists.crop) for start in (place.top, place.left))
        pages: Pages = frames[:, rows, columns]
        return pages

    def drawn(self, number: int, stage: Augmented, random: np.random.Generator) -> Tensor:
        """A video with frames and a crop drawn for it, normalised (T, 3, crop, crop).

        Args:
            number: of the video.
            stage: says how crops are drawn.
            random: what to draw from.
        """
        data, lists = self.data, self.seen
        frames = data.pools[number]
        choices = data.frames // lists.frames
        if choices > 1:
            frames = frames[np.arange(lists.frames) * choices + random.integers(0, choices, lists.frames)]
        crop = middle_crop(data.crop, lists.crop)
        if stage.augment:
            crop = draw_crop(data.crop, stage.scales, stage.flip, random)
        return crop.of(normalised(frames, self.device), lists.crop)
