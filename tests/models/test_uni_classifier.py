import pytest
import torch

from models.seeded import seeded_state, shapes_of
from models.uni_classifier import GlanceAnswer, StepAnswer, UniClassifier, WholeAnswer, running_maximum


@pytest.fixture
def classifier() -> UniClassifier:
    torch.set_num_threads(1)
    made = UniClassifier(6, 10, 16, 5, glances=4, steps=3).eval()
    made.load_state_dict(seeded_state(shapes_of(made.state_dict())))
    return made


def features(videos: int) -> tuple[torch.Tensor, torch.Tensor]:
    drawn = torch.Generator().manual_seed(3)
    return torch.randn(videos, 4, 6, generator=drawn), torch.randn(videos, 3, 10, generator=drawn)


def test_running_maximum() -> None:
    values = torch.tensor([[[1.0, 5.0], [3.0, 2.0], [2.0, 7.0]]])
    assert running_maximum(values).tolist() == [[[1, 5], [3, 5], [3, 7]]]


@torch.no_grad()
def test_all_forms_agree(classifier: UniClassifier) -> None:
    glance, focus = features(2)
    everything = classifier(glance, focus)
    assert everything.shape == (2, 7, 5)
    first, largest = GlanceAnswer(classifier)(glance)
    torch.testing.assert_close(first, everything[:, 3])
    torch.testing.assert_close(WholeAnswer(classifier, True)(glance, focus), everything[:, 4:])
    torch.testing.assert_close(WholeAnswer(classifier, False)(glance, focus), everything[:, 6])
    seen = torch.zeros(2, classifier.width)
    for step in range(3):
        index = torch.full((2,), step)
        answer, seen = StepAnswer(classifier)(focus[:, step], seen, largest, index)
        torch.testing.assert_close(answer, everything[:, 4 + step])


@torch.no_grad()
def test_a_batch_of_different_steps(classifier: UniClassifier) -> None:
    glance, focus = features(2)
    everything = classifier(glance, focus)
    _, largest = classifier.after_glance(glance)
    _, seen = classifier.step(focus[1:, 0], torch.zeros(1, 16), largest[1:], torch.tensor([0]))
    mixed = torch.cat([torch.zeros(1, 16), seen])
    rows = torch.stack([focus[0, 0], focus[1, 1]])
    answers, _ = classifier.step(rows, mixed, largest, torch.tensor([0, 1]))
    torch.testing.assert_close(answers[0], everything[0, 4])
    torch.testing.assert_close(answers[1], everything[1, 5])


@torch.no_grad()
def test_the_glance_half_comes_second(classifier: UniClassifier) -> None:
    glance, focus = features(1)
    before = classifier(glance, focus)
    classifier.focus_layers.weight[:, :, 16:] = 0
    assert torch.equal(classifier(glance, focus)[:, 4:], classifier(torch.randn(1, 4, 6), focus)[:, 4:])
    assert not torch.equal(classifier(glance, focus)[:, 4:], before[:, 4:])
