"""Accuracy against compute over skip thresholds: what keeping fewer patches costs and scores."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.load import Bundle
from foveate.errors import ConfigError
from foveate.evaluation.calibration import keep_threshold
from foveate.evaluation.collected import Collected
from foveate.evaluation.curve import Scores
from foveate.evaluation.score import targets_of


@dataclass(frozen=True, slots=True)
class KeepPoint:
    """Every video went through its plan to the end, patches below a threshold dropped.

    Attributes:
        share: of the patches that was to be kept.
        threshold: of the keep probability, solved for it.
        kept: share of these videos' patches that was kept.
        executed: mean multiply-adds run for a video.
        nominal: mean multiply-adds that the papers count.
        scores: how right the answers are.
    """

    share: float
    threshold: float
    kept: float
    executed: float
    nominal: float
    scores: Scores


def parse_shares(text: str) -> tuple[float, ...]:
    """Read shares such as "0.9,0.7,0.5".

    Raises:
        ConfigError: it is not of this form, or a share is not above 0 and at most 1.
    """
    try:
        shares = tuple(float(share) for share in text.split(","))
    except ValueError:
        raise ConfigError(f"{text!r} is no list of shares such as 0.9,0.7,0.5") from None
    if not all(0 < share <= 1 for share in shares):
        raise ConfigError(f"{text!r} holds a share of patches to keep that is not above 0 and at most 1")
    return shares


def drops_patches(bundle: Bundle) -> bool:
    """Whether a bundle's policy drops patches of a low keep probability."""
    return bundle.manifest.plan.keep_threshold is not None


def seen(collected: Collected) -> NDArray[np.float32]:
    """The keep probabilities of all patches of some videos, in no shape.

    Raises:
        InputError: no video was answered.
    """
    collected.stacked()
    return np.concatenate(collected.keep)


def with_shares(
    bundle: Bundle, probabilities: NDArray[np.float32], shares: Iterable[float]
) -> list[tuple[float, Bundle]]:
    """The bundle with a threshold at which each share of the patches is kept; nothing is written.

    As published, patches of equal probability are kept together, and of other videos another share may be
    kept.

    Args:
        bundle: that drops patches.
        probabilities: of patches of the videos that the thresholds are solved on, of any shape.
        shares: above 0, at most 1.

    Returns:
        Each share with the bundle for it.
    """
    return [(share, _with_threshold(bundle, keep_threshold(probabilities, share))) for share in shares]


def keep_point(share: float, bundle: Bundle, collected: Collected) -> KeepPoint:
    """Score what a bundle answered at its threshold.

    Args:
        share: that the threshold was solved for.
        bundle: that answered.
        collected: its answers, each after all of the plan.

    Raises:
        InputError: no video was answered.
    """
    logits, threshold = collected.stacked()[:, -1], bundle.manifest.plan.keep_threshold
    assert threshold is not None
    targets = targets_of([video.labels for video in collected.videos], bundle.manifest.classes)
    return KeepPoint(
        share=share,
        threshold=threshold,
        kept=sum(collected.focused) / sum(map(len, collected.keep)),
        executed=float(np.mean(collected.executed)),
        nominal=float(np.mean(collected.nominal)),
        scores=Scores.of(logits, targets, collected.labels),
    )


def _with_threshold(bundle: Bundle, threshold: float) -> Bundle:
    plan = bundle.manifest.plan.model_copy(update={"keep_threshold": threshold})
    return replace(bundle, manifest=bundle.manifest.model_copy(update={"plan": plan}))
