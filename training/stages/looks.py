"""What the stages after the backbones share: glance features of all videos, and looks at patches."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.adafocus_v2 import AdaFocusV2
from training.features import Floats, cached_features, data_digest, weights_digest
from training.networks import normalised, patches_at
from training.pools import PoolSet, Watch
from training.stages.base import Numbers


class Looks:
    """The glance features of a data set, and the focus network's of patches on demand.

    All is in the order in which frames enter the network.

    Args:
        network: its glance network is used as it is now.
        data: the videos.
        device: where the network is.
        cache: folder of the features.
        watch: shows progress.
    """

    def __init__(
        self, network: AdaFocusV2, data: PoolSet, device: torch.device, cache: Path, watch: Watch
    ) -> None:
        self.network = network
        self.data = data
        self.device = device
        self._order = list(network.order)
        name = f"glance-{data_digest(data)}-{weights_digest(network.glance)}-{device.type}"
        network.glance.eval()
        self._maps: Floats = cached_features(cache, name, len(data), self._glance, watch)

    def maps(self, numbers: Numbers) -> Tensor:
        """Glance maps (B, T, c, side, side)."""
        return torch.from_numpy(self._maps[numbers]).to(self.device)

    def patches(self, numbers: Numbers, corners: Tensor) -> Tensor:
        """The patches (B * T, 3, P, P) at some corners (B, T, 2), in pixels."""
        frames = np.concatenate([self.data.pools[number][self._order] for number in numbers])
        return patches_at(frames, corners.flatten(0, 1), self.network.options.patch)

    def focus(self, numbers: Numbers, corners: Tensor) -> Tensor:
        """The focus network's features of them (B, T, c)."""
        features: Tensor = self.network.focus(self.patches(numbers, corners))
        return features.reshape(*corners.shape[:2], -1)

    def free(self) -> int:
        """How far a corner can go, in pixels."""
        return self.network.options.crop - self.network.options.patch

    def random_corners(self, videos: int, random: np.random.Generator) -> Tensor:
        """Uniform corners (B, T, 2), whole pixels."""
        shape = (videos, self.data.frames, 2)
        drawn = random.integers(0, self.free() + 1, shape).astype(np.float32)
        return torch.from_numpy(drawn).to(self.device)

    def middle_corners(self, videos: int) -> Tensor:
        """The corner in the middle of the frame, for each (B, T, 2)."""
        shape = (videos, self.data.frames, 2)
        return torch.full(shape, float(self.free() // 2), device=self.device)

    def policy_corners(self, maps: Tensor) -> Tensor:
        """Where the policy looks, without any chance: (B, T, 2) in pixels."""
        scores = self.network.policy(maps)[0]
        corners: Tensor = self.network.place(scores)[1]
        return corners

    def _glance(self, number: int) -> Tensor:
        frames = normalised(self.data.pools[number][self._order], self.device)
        maps: Tensor = self.network.glance(self.network.glance_pixels(frames))[0]
        return maps
