"""The classifiers of AdaFocus: an answer after every frame, from glance and focus features.

Both take features (B, T, F) to answers (B, T, classes) and can be run one step at a time; ``state_size`` is
the length of what travels between steps, which starts as zeros.
"""

import torch
from torch import Tensor, nn

from models.gru import Gru

_TINY = float(torch.finfo(torch.float32).tiny)


class GruClassifier(nn.Module):
    """GRU over the frames and a linear layer (AdaFocus, section 3.1); an answer is logits."""

    def __init__(self, features: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.state_size = hidden
        self.gru = Gru(features, hidden)
        self.fc = nn.Linear(hidden, classes)

    def forward(self, features: Tensor) -> Tensor:
        """(B, T, features) to the logits of stopping after each frame (B, T, classes)."""
        logits: Tensor = self.fc(self.gru(features))
        return logits

    def step(self, features: Tensor, state: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
        """One frame: features (B, features) and the state to logits and the next state.

        ``index``, the number of the step, changes nothing here.
        """
        state = self.gru.step(features, state.to(features.dtype))
        return self.fc(state), state


class MeanClassifier(nn.Module):
    """A linear layer a frame, and the mean of the frames' probabilities; an answer is that mean's logarithm.

    A mean that underflows is taken as the smallest normal number, so that answers stay finite.
    """

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.state_size = classes
        self.fc = nn.Linear(features, classes)

    def forward(self, features: Tensor) -> Tensor:
        """(B, T, features) to the answer of stopping after each frame (B, T, classes)."""
        frames = features.shape[1]
        counts = torch.arange(1, frames + 1, dtype=torch.float32, device=features.device)
        # One product with a constant triangle: a cumulative sum is a loop to some runtimes.
        means = torch.ones(frames, frames, device=features.device).tril() / counts[:, None]
        return self._answer(means @ self._probabilities(features))

    def step(self, features: Tensor, state: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
        """One frame: features (B, features), the sum of the probabilities before it, and its number (B)."""
        total = state + self._probabilities(features)
        return self._answer(total / (index + 1).float()[:, None]), total

    def _probabilities(self, features: Tensor) -> Tensor:
        scores: Tensor = self.fc(features)
        return torch.softmax(scores.float(), -1)

    @staticmethod
    def _answer(mean: Tensor) -> Tensor:
        return mean.clamp(min=_TINY).log()


Classifier = GruClassifier | MeanClassifier
