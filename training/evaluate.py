"""How often a network is right on videos it was not trained on, and how much of that the policy is worth."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from training.features import Floats
from training.pools import Watch
from training.stages.base import Numbers
from training.stages.looks import Looks

BATCH = 16
_KINDS = ("policy", "random", "centre")


@dataclass(frozen=True, slots=True)
class Scores:
    """Accuracies on held-out videos, each a share of 1, and what the places were.

    Attributes:
        videos: number of videos.
        policy: after each decision, patches where the policy looks.
        random: after the last, each patch at a uniform random place.
        centre: the same, each in the centre of the frame.
        found: share of the policy's patches that hold the middle of the figure; None where it is not known.
        found_random: of random ones.
    """

    videos: int
    policy: tuple[float, ...]
    random: float
    centre: float
    found: float | None
    found_random: float | None


@torch.no_grad()
def evaluate(looks: Looks, watch: Watch = iter, seed: int = 0) -> tuple[Scores, Floats]:
    """Score a network; its own classifier judges all three kinds of places.

    Args:
        looks: the network and the held-out videos.
        watch: shows progress.
        seed: of the random places.

    Returns:
        The scores, and the answers after each decision where the policy looks (videos, answers, classes).
    """
    form, data = looks.form, looks.data
    for part in (form.policy, form.focus, form.classifier):
        part.eval()
    corners = _corners(looks, seed)
    local = {kind: _features(looks, kind, corners[kind], watch, seed) for kind in _KINDS}
    right: dict[str, list[Tensor]] = {kind: [] for kind in _KINDS}
    found: dict[str, list[Tensor]] = {kind: [] for kind in _KINDS}
    logits = []
    for begin in watch(range(0, len(data), BATCH)):
        numbers = np.arange(begin, min(begin + BATCH, len(data)))
        for kind in _KINDS:
            features = torch.from_numpy(local[kind][numbers]).to(looks.device)
            answers = form.answers(looks.vectors_of(numbers), features).float().cpu()
            right[kind].append(answers.argmax(2) == torch.from_numpy(data.labels[numbers])[:, None])
            if kind == "policy":
                logits.append(answers)
            found[kind].extend(_inside(looks, numbers, corners[kind][numbers]))
    scores = Scores(
        len(data),
        tuple(torch.cat(right["policy"]).double().mean(0).tolist()),
        *(float(torch.cat(right[kind])[:, -1].double().mean()) for kind in ("random", "centre")),
        *(_share(found[kind]) for kind in ("policy", "random")),
    )
    return scores, torch.cat(logits).numpy()


def _corners(looks: Looks, seed: int) -> dict[str, Tensor]:
    """Of all videos (N, S, 2), for each kind."""
    random, found = np.random.default_rng(seed), []
    for begin in range(0, len(looks.data), BATCH):
        numbers = np.arange(begin, min(begin + BATCH, len(looks.data)))
        places = (
            looks.policy_corners(looks.view(numbers).maps),
            looks.random_corners(len(numbers), random),
            looks.centre_corners(len(numbers)),
        )
        found.append(places)
    return {kind: torch.cat(each) for kind, each in zip(_KINDS, zip(*found, strict=True), strict=True)}


def _features(looks: Looks, kind: str, corners: Tensor, watch: Watch, seed: int) -> Floats:
    """Focus features of the patches there (N, F, c), kept: other classifiers may be asked about them too."""
    places = f"scored-{seed}" if kind == "random" else kind
    return looks.patches(places, lambda number: corners[number : number + 1], watch)


def _inside(looks: Looks, numbers: Numbers, corners: Tensor) -> list[Tensor]:
    """Whether each patch holds the middle of the figure (B, F), where that is known."""
    if looks.data.middles is None:
        return []
    geometry = looks.form.geometry
    middles = torch.from_numpy(looks.data.middles[numbers][:, list(geometry.focuses)])
    each = corners.cpu().repeat_interleave(geometry.each, 1)
    return [((each + geometry.patch / 2 - middles).abs() < geometry.patch / 2).all(2)]


def _share(parts: list[Tensor]) -> float | None:
    return float(torch.cat(parts).double().mean()) if parts else None
