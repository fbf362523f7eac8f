"""What a network that drops frames scores when it keeps fewer of them (AdaFocus, section 3.4)."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from foveate.evaluation.calibration import keep_threshold
from models.adafocus_plus import AdaFocusPlus
from training.evaluate import BATCH
from training.features import Floats
from training.stages.base import Numbers
from training.stages.looks import Looks

SHARES = (1.0, 0.9, 0.7, 0.5)
PROBABILITIES = "keep.npz"


@dataclass(frozen=True, slots=True)
class Kept:
    """A threshold on held-out videos.

    Attributes:
        share: of the training frames that it was solved to keep.
        threshold: of the keep probability.
        kept: share of the held-out frames that it keeps.
        accuracy: of the last answer, of 1.
    """

    share: float
    threshold: float
    kept: float
    accuracy: float


def kept_shares(
    seen: Looks, network: AdaFocusPlus, folder: Path
) -> Callable[[Looks], list[dict[str, float]]]:
    """Solve the thresholds on the training videos; what comes back scores them on others.

    The keep probabilities of the training videos are written to ``keep.npz``, from which ``foveate export``
    solves a threshold for any other share.

    Args:
        seen: the training videos.
        network: the network.
        folder: of the run.
    """
    probabilities = _all(seen, lambda looks, numbers: _keep(looks, network, numbers))
    np.savez(folder / PROBABILITIES, keep=probabilities)
    thresholds = [(share, keep_threshold(probabilities, share)) for share in SHARES]

    def judge(unseen: Looks) -> list[dict[str, float]]:
        keep = _all(unseen, lambda looks, numbers: _keep(looks, network, numbers))
        local = _all(unseen, _local)
        return [asdict(_score(unseen, keep, local, *one)) for one in thresholds]

    return judge


@torch.no_grad()
def _score(looks: Looks, keep: Floats, local: Floats, share: float, threshold: float) -> Kept:
    kept = keep >= threshold
    seen = torch.from_numpy(np.where(kept[:, :, None], local, np.float32(0))).to(looks.device)
    vectors = looks.vectors_of(np.arange(len(looks.data)))
    best = looks.form.answers(vectors, seen)[:, -1].argmax(1).cpu().numpy()
    return Kept(share, threshold, float(kept.mean()), float((best == looks.data.labels).mean()))


def _keep(looks: Looks, network: AdaFocusPlus, numbers: Numbers) -> Tensor:
    keep: Tensor = network.keep(looks.view(numbers).maps)[0]
    return keep


def _local(looks: Looks, numbers: Numbers) -> Tensor:
    view = looks.view(numbers)
    return view.at(looks.policy_corners(view.maps))


@torch.no_grad()
def _all(looks: Looks, compute: Callable[[Looks, Numbers], Tensor]) -> Floats:
    looks.form.policy.eval()
    parts = [
        compute(looks, np.arange(begin, min(begin + BATCH, len(looks.data)))).float().cpu().numpy()
        for begin in range(0, len(looks.data), BATCH)
    ]
    return np.concatenate(parts)
