"""What the stages after the backbones share: glance features of all videos, and looks at patches."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.adafocus_v2 import by_video
from models.interpolate import interpolate
from training.features import Floats, cached_features, data_digest, weights_digest
from training.forms.base import Form
from training.forms.choice import grid_table
from training.networks import normalised, patches_at
from training.part import Augmented
from training.pools import Watch
from training.reader import Reader
from training.stages.base import Numbers

_PLACES = 5
"""Places of a video's frames that are looked at at once: what so few take stays in a processor's cache."""


@dataclass(frozen=True, slots=True)
class Table:
    """Focus features of a grid of places, looked at once.

    Attributes:
        corners: of the places (candidates, 2), in pixels.
        features: float32 [videos, S, candidates, patches a place, c].
    """

    corners: Tensor
    features: Floats


@dataclass(frozen=True, slots=True)
class View:
    """Some videos as a stage sees them: B videos, T glance frames, S decisions, F patches.

    Attributes:
        form: of the network.
        maps: glance maps (B, T, c, side, side).
        vectors: their means (B, T, c).
        cut: cuts the patches (B, F, 3, P, P) at some corners (B, F, 2).
        table: of focus features, where there is one.
        numbers: of the videos, by which the table is read.
    """

    form: Form
    maps: Tensor
    vectors: Tensor
    cut: Callable[[Tensor], Tensor]
    table: Table | None
    numbers: Numbers

    def at(self, corners: Tensor) -> Tensor:
        """Focus features (B, F, c) of the patches at some corners (B, S, 2), in pixels."""
        return self.form.local(self.cut(corners.repeat_interleave(self.form.geometry.each, 1)))

    def chosen(self, actions: Tensor) -> Tensor:
        """Those (B, F, c) at the places of actions (B, S, ...); of a table, at the nearest of its places."""
        if self.table is None:
            return self.at(self.form.choice.corners(actions))
        return self._tabled(self.table, self.form.choice.nearest(actions, self.table.corners))

    def random(self, random: np.random.Generator) -> Tensor:
        """Those (B, F, c) at uniform random places: whole pixels, or places of the table."""
        shape = len(self.numbers), self.form.geometry.decisions
        if self.table is None:
            return self.at(random_corners(self.form, len(self.numbers), random, self.maps.device))
        places = random.integers(0, len(self.table.corners), shape)
        return self._tabled(self.table, torch.from_numpy(places))

    def _tabled(self, table: Table, places: Tensor) -> Tensor:
        """Features (B, F, c) of the places of a table, numbered for each decision (B, S)."""
        rows = np.arange(places.shape[1])
        found = table.features[self.numbers[:, None], rows[None], places.cpu().numpy()]
        return torch.from_numpy(found).to(self.maps.device).flatten(1, 2)


class Looks:
    """The glance features of a data set, and the focus network's of patches on demand.

    All is in the order in which frames enter the network.

    Args:
        form: of the network; its glance network is used as it is now.
        reader: of the videos.
        cache: folder of the features.
        watch: shows progress.
    """

    def __init__(self, form: Form, reader: Reader, cache: Path, watch: Watch) -> None:
        self.form = form
        self.reader = reader
        self.data = reader.data
        self.device = reader.device
        self._cache = cache
        self._watch = watch
        form.glance.eval()
        self._maps = self.features("glance", (form.glance,), self._glance)
        self._vectors: Tensor = torch.from_numpy(self._maps.mean((3, 4))).to(self.device)

    def table(self, candidates: int) -> Table:
        """Focus features of an even grid of so many places, by the focus network as it is now."""
        geometry = self.form.geometry
        corners = grid_table(candidates, geometry.crop, geometry.patch)
        self.form.focus.eval()

        def look(number: int) -> Tensor:
            places = corners.to(self.device)[:, None].expand(-1, len(geometry.focuses), 2)
            found = [
                self.form.local(self._cut(np.full(len(few), number), few))
                for few in torch.split(places, _PLACES)
            ]
            return by_video(torch.cat(found).transpose(0, 1), geometry.each).transpose(1, 2)

        return Table(corners, self.features(f"table{candidates}", (self.form.focus,), look))

    def view(self, numbers: Numbers, table: Table | None = None) -> View:
        """Some videos without any chance; their glance was kept."""
        maps = torch.from_numpy(self._maps[numbers]).to(self.device)
        cut = partial(self._cut, numbers)
        return View(self.form, maps, self.vectors_of(numbers), cut, table, numbers)

    def variances(self) -> Tensor:
        """Of each channel of the glance maps, over all videos, frames and cells (c)."""
        total = square = np.zeros(self._maps.shape[2])
        for maps in self._maps:
            values = maps.astype(np.float64)
            total = total + values.mean((0, 2, 3))
            square = square + np.square(values).mean((0, 2, 3))
        mean = total / len(self._maps)
        return torch.from_numpy(square / len(self._maps) - mean**2).float()

    def vectors_of(self, numbers: Numbers) -> Tensor:
        """Means of the glance maps (B, T, c)."""
        return self._vectors[torch.from_numpy(numbers).to(self.device)]

    def policy_corners(self, maps: Tensor) -> Tensor:
        """Where the policy looks, without any chance: (B, S, 2) in pixels."""
        choice = self.form.choice
        return choice.corners(choice.best(self.form.act(maps)[0]))

    def centre_corners(self, videos: int) -> Tensor:
        """The corner of a patch in the centre of the frame, for each decision (B, S, 2)."""
        return centre_corners(self.form, videos, self.device)

    def random_corners(self, videos: int, random: np.random.Generator) -> Tensor:
        """Uniform corners (B, S, 2), whole pixels."""
        return random_corners(self.form, videos, random, self.device)

    def _cut(self, numbers: Numbers, corners: Tensor) -> Tensor:
        """The patches (B, F, 3, P, P) of some videos at some corners (B, F, 2)."""
        focuses = list(self.form.geometry.focuses)
        frames = np.concatenate([self.reader.pages(number)[focuses] for number in numbers])
        patches = patches_at(frames, corners.flatten(0, 1), self.form.geometry.patch)
        return by_video(patches, corners.shape[1])

    def patches(self, places: str, corners: Callable[[int], Tensor], watch: Watch) -> Floats:
        """Focus features of every frame of all videos (N, F, c), computed once.

        Args:
            places: where patches are looked at: ``policy``, or a name of corners that none has a say in.
            corners: gives those of one video (1, S, 2), in pixels.
            watch: shows progress.
        """
        networks: tuple[torch.nn.Module, ...] = (self.form.focus,)
        if places == "policy":
            networks = self.form.glance, self.form.policy, self.form.focus

        def look(number: int) -> Tensor:
            return self.view(np.array([number])).at(corners(number))[0]

        return self.features("looks" if places == "policy" else f"looks-{places}", networks, look, watch)

    def features(
        self,
        name: str,
        networks: tuple[torch.nn.Module, ...],
        look: Callable[[int], Tensor],
        watch: Watch | None = None,
    ) -> Floats:
        """What frozen networks give of every video, computed once.

        Args:
            name: what is computed.
            networks: that it depends on, as they are now.
            look: computes it for a video.
            watch: shows progress; None for that of the glance.
        """
        # The same networks may see the same videos' frames in another order, or at another size.
        seen = sha256(repr(self.form.geometry).encode()).hexdigest()[:8]
        data, weights = data_digest(self.data), weights_digest(*networks)
        full = f"{name}-{seen}-{data}-{weights}-{self.device.type}"
        return cached_features(self._cache, full, len(self.data), look, watch or self._watch)

    def _glance(self, number: int) -> Tensor:
        frames = self.reader.pages(number)[list(self.form.geometry.glances)]
        return self.form.maps(normalised(frames, self.device).unsqueeze(0))[0]


def fresh_view(
    form: Form, reader: Reader, numbers: Numbers, stage: Augmented, random: np.random.Generator
) -> View:
    """Some videos with frames and crops drawn for them; the glance is taken now, without gradients.

    Args:
        form: of the network.
        reader: of the videos.
        numbers: which of them.
        stage: says how crops are drawn.
        random: what to draw from.
    """
    frames = torch.stack([reader.drawn(number, stage, random) for number in numbers])
    with torch.no_grad():
        maps = form.maps(frames[:, list(form.geometry.glances)])
    whole = frames[:, list(form.geometry.focuses)]

    def cut(corners: Tensor) -> Tensor:
        patches = interpolate(whole.flatten(0, 1), corners.flatten(0, 1), form.geometry.patch)
        return by_video(patches, corners.shape[1])

    return View(form, maps, maps.mean((3, 4)), cut, None, numbers)


def centre_corners(form: Form, videos: int, device: torch.device) -> Tensor:
    """The corner of a patch in the centre of the frame, for each decision (B, S, 2)."""
    geometry = form.geometry
    return torch.full((videos, geometry.decisions, 2), float(geometry.free // 2), device=device)


def random_corners(form: Form, videos: int, random: np.random.Generator, device: torch.device) -> Tensor:
    """Uniform corners (B, S, 2), whole pixels."""
    shape = videos, form.geometry.decisions, 2
    drawn = random.integers(0, form.geometry.free + 1, shape).astype(np.float32)
    return torch.from_numpy(drawn).to(device)
