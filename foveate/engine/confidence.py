"""How sure an answer is: the one place where calibration and the engine have it from.

In float64 and rounded to float32 at the end, so that a video alone and in a table of thousands has the same
confidence, and thresholds, which are float32, mean the same to both.
"""

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.vocabulary import Measure

Floats = NDArray[np.float32]


def confidence(logits: Floats, measure: Measure) -> Floats:
    """How sure each answer is (...) of logits (..., classes); larger is surer."""
    return largest_logit(logits) if measure is Measure.LARGEST_LOGIT else negative_entropy(logits)


def largest_logit(logits: Floats) -> Floats:
    """The largest raw logit (...) of logits (..., classes).

    It is no probability and carries over to no other network.
    """
    return np.asarray(logits.max(-1), np.float32)


def negative_entropy(logits: Floats) -> Floats:
    """The sum of p ln p over the softmax, at most 0 (...), of logits (..., classes).

    A probability that underflows adds nothing, where the published code gives no number.
    """
    shifted = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    exponents = np.exp(shifted)
    total = exponents.sum(-1, keepdims=True)
    # The logarithm from the logits themselves is finite even where the probability is not above zero.
    entropy = (exponents / total * (shifted - np.log(total))).sum(-1)
    return np.asarray(entropy, np.float32)
