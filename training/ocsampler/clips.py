"""Videos as OCSampler sees them in training."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.augment import Crop, draw_resized_crop
from training.frame_lists import FrameLists
from training.networks import normalised
from training.ocsampler.config import SamplerStage
from training.pools import PoolSet
from training.stages.base import Numbers


class Clips:
    """The candidate frames of videos whose pools may hold several choices of each, and larger frames.

    Args:
        data: the pools.
        lists: the frames that the network sees.
        device: where they are to be.
        stage: says whether choices and crops are drawn; None for a video as its bundle would see it.
    """

    def __init__(
        self, data: PoolSet, lists: FrameLists, device: torch.device, stage: SamplerStage | None = None
    ) -> None:
        self.data = data
        self.lists = lists
        self.device = device
        self._stage = stage if stage is not None and stage.augment else None

    def frames(
        self, numbers: Numbers, random: np.random.Generator | None = None, chosen: Numbers | None = None
    ) -> Tensor:
        """Normalised frames of some videos.

        Args:
            numbers: of the videos.
            random: what choices and crops are drawn from, if any are.
            chosen: candidates of each video (B, S); None for all of them, in order of time.

        Returns:
            (B, S, 3, crop, crop).
        """
        every = np.arange(self.lists.frames)
        rows = [every] * len(numbers) if chosen is None else chosen
        videos = [self._video(number, row, random) for number, row in zip(numbers, rows, strict=True)]
        return torch.stack(videos)

    def _video(self, number: int, chosen: Numbers, random: np.random.Generator | None) -> Tensor:
        stage, lists, side = self._stage, self.lists, self.data.crop
        choices = self.data.frames // lists.frames
        taken: int | NDArray[np.int64] = choices // 2
        crop = Crop(0, 0, side, side)
        if stage is not None and random is not None:
            taken = random.integers(0, choices, lists.frames)[chosen]
            crop = draw_resized_crop(side, stage.area, stage.flip, random)
        frames = self.data.pools[number][chosen * choices + taken]
        return crop.of(normalised(frames, self.device), lists.crop)
