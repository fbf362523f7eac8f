"""The classifier of AdaFocusV2: a running maximum over the frames, and a linear layer of its own a step."""

import torch
from torch import Tensor, nn


class RunningMaxClassifier(nn.Module):
    """A shared layer a frame, the maximum so far, and the step's own layer (AdaFocusV2, section 4).

    It can be run one step at a time; what travels between steps is the maximum, which starts as zeros, since
    the shared layer ends in a ReLU.

    Args:
        features: length of a frame's features.
        width: outputs of the shared layer.
        classes: number of classes.
        steps: how many steps it has layers for.
    """

    def __init__(self, features: int, width: int, classes: int, steps: int) -> None:
        super().__init__()
        self.state_size = width
        self.layers = nn.Sequential(nn.Linear(features, width), nn.BatchNorm1d(width), nn.ReLU())
        # Kept as one tensor so that a batch may gather the layers of different steps.
        self.weights = nn.Parameter(torch.empty(steps, classes, width))
        self.biases = nn.Parameter(torch.zeros(steps, classes))
        nn.init.uniform_(self.weights, -(width**-0.5), width**-0.5)

    def shared(self, features: Tensor) -> Tensor:
        """Features (B, T, features) to the shared layer's outputs (B, T, width), before the maximum."""
        out: Tensor = self.layers(features.flatten(0, 1)).unflatten(0, (-1, features.shape[1]))
        return out

    def answers(self, shared: Tensor) -> Tensor:
        """Outputs of the shared layer (B, T, width) to the logits of stopping after each step."""
        largest = [shared[:, 0]]
        for step in range(1, shared.shape[1]):
            largest.append(torch.maximum(largest[-1], shared[:, step]))
        steps = len(largest)
        logits = torch.stack(largest) @ self.weights[:steps].transpose(1, 2) + self.biases[:steps, None]
        return logits.transpose(0, 1)

    def forward(self, features: Tensor) -> Tensor:
        """(B, T, features) to the logits of stopping after each step (B, T, classes)."""
        return self.answers(self.shared(features))

    def step(self, features: Tensor, state: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
        """One step of each video.

        Args:
            features: (B, features).
            state: the maximum so far (B, width).
            index: number of each video's step (B), which need not be equal.

        Returns:
            Logits (B, classes) and the next state.
        """
        state = torch.maximum(state.to(features.dtype), self.layers(features))
        weights = self.weights.index_select(0, index)
        logits = (weights @ state.unsqueeze(2)).squeeze(2) + self.biases.index_select(0, index)
        return logits, state
