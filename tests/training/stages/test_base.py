from pathlib import Path

import numpy as np
import torch

from tests.training.parts import context
from training.stages.base import correct


def test_correct_is_the_share_of_best_classes() -> None:
    logits = torch.tensor([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0], [0.0, 5.0]])
    assert correct(logits, torch.tensor([1, 0, 0, 1])) == 0.75


def test_answers_are_the_labels_of_the_batch(tmp_path: Path) -> None:
    place = context(tmp_path)
    assert place.answers(np.array([3, 0, 4])).tolist() == [1, 0, 0]
