"""What is wrong with training data or a training run."""

from foveate.errors import FoveateError


class DataError(FoveateError):
    """Videos, labels or a list of them that cannot be trained on."""


class TrainingError(FoveateError):
    """A run that cannot go on: a state of another configuration, or a loss that is no number."""
