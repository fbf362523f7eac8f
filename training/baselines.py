"""What a network without its focus would score: a running maximum over glance features, and nothing else."""

import numpy as np
import torch
from torch.optim import AdamW

from models.running_max import RunningMaxClassifier
from training.draws import Draws
from training.stages.looks import Looks
from training.stages.random_patches import answer_loss

_BATCH, _RATE = 64, 1e-3


def glance_alone(looks: Looks, unseen: Looks, seed: int = 0, epochs: int = 20, width: int = 512) -> float:
    """Train a classifier on the glance network's features and nothing else, and score it.

    Args:
        looks: the videos to train on, as the glance network sees them.
        unseen: those to score on, by the same network.
        seed: of the classifier's weights and the order of the videos.
        epochs: how often every video is seen.
        width: of the classifier.

    Returns:
        The accuracy after the last frame, of 1.
    """
    draws = Draws(seed, 0)
    draws.initial()
    form, data, held_out = looks.form, looks.data, unseen.data
    steps = len(form.geometry.glances)
    classifier = RunningMaxClassifier(form.channels_of("glance"), width, form.classes, steps)
    classifier.to(looks.device)
    optimizer = AdamW(classifier.parameters(), lr=_RATE)
    for step in range(epochs * (len(data) // min(_BATCH, len(data)))):
        numbers = draws.batch(step, len(data), _BATCH)
        answers = torch.from_numpy(data.labels[numbers]).to(looks.device)
        loss, _ = answer_loss(classifier(looks.vectors_of(numbers)), answers)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimizer.step()
    classifier.eval()
    with torch.no_grad():
        logits = classifier(unseen.vectors_of(np.arange(len(held_out))))
    best = logits[:, -1].argmax(1).cpu()
    return float((best == torch.from_numpy(held_out.labels)).double().mean())
