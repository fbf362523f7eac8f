"""Below which keep probability a patch is dropped: named, or solved for the share that is to be kept."""

from dataclasses import dataclass

import numpy as np

from export.request import ExportRequest
from foveate.errors import ConfigError
from foveate.evaluation.calibration import keep_threshold
from foveate.evaluation.keep_probabilities import read_probabilities


@dataclass(frozen=True, slots=True)
class KeepChoice:
    """A threshold and where it comes from.

    Attributes:
        threshold: a patch of a lower keep probability is dropped.
        share: share of the given probabilities that reach it; None where the threshold was named.
    """

    threshold: float
    share: float | None


def keep_choice(request: ExportRequest) -> KeepChoice:
    """The threshold that a request names, or the one at which the share it names is kept.

    A share is solved on keep probabilities of training frames, as the paper does it (AdaFocus, section
    3.4); on other frames it may come out differently.

    Raises:
        ConfigError: there is no such choice, two of them, one that is out of range, or no such file.
    """
    named, share, file = request.keep_threshold, request.keep_share, request.keep_probabilities
    if named is not None:
        if share is not None or file is not None:
            raise ConfigError("--keep-threshold goes with neither --keep-share nor --keep-probabilities")
        if not 0 <= named <= 1:
            raise ConfigError(f"--keep-threshold {named} is no probability: 0 to 1")
        return KeepChoice(named, None)
    if share is None or file is None:
        raise ConfigError(
            "name the threshold with --keep-threshold, or the share of frames to keep with --keep-share and "
            "the keep probabilities of training frames with --keep-probabilities"
        )
    if not 0 < share <= 1:
        raise ConfigError(f"--keep-share {share} is out of range: above 0, at most 1")
    probabilities = read_probabilities(file)
    threshold = keep_threshold(probabilities, share)
    return KeepChoice(threshold, float((probabilities >= np.float32(threshold)).mean()))
