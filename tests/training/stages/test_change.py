from pathlib import Path

import numpy as np
import pytest
import torch

from foveate.errors import ConfigError
from models.classifier import GruClassifier
from tests.training.forms.nets import staged
from training.config import ClassifierStage
from training.stages.base import Context
from training.stages.change import ChangeRun

STAGE = ClassifierStage(kind="classifier", epochs=1, rate=0.1, embedding="change", answers="last")
ALL = np.arange(8)


def begun(folder: Path) -> tuple[Context, ChangeRun, GruClassifier]:
    place = staged(folder, "adafocus large frames")
    run = ChangeRun(place, STAGE)
    run.begin()
    run.start()
    classifier = place.form.classifier
    assert isinstance(classifier, GruClassifier)
    return place, run, classifier


def test_the_last_layer_alone_is_trained(tmp_path: Path) -> None:
    place, run, classifier = begun(tmp_path)
    loss, _ = run.loss(ALL, np.random.default_rng(0), 0.0)
    assert float(loss.detach()) == pytest.approx(np.log(2))  # No class is preferred yet.
    torch.autograd.backward(loss)
    touched = {name for name, value in place.network.named_parameters() if value.grad is not None}
    assert touched == {"classifier.fc.weight", "classifier.fc.bias"}
    # The features of the patches alone, those that vary most, are followed: 4 of 16, after 16 of the glance.
    sizes = run._local.std((0, 1))
    followed = classifier.gru.weight_ih_l0[26:30].nonzero()[:, 1] - 16
    assert sorted(followed.tolist()) == sorted(np.argsort(-sizes, kind="stable")[:4].tolist())


def test_what_it_has_learned_is_the_network_s_in_the_end(tmp_path: Path) -> None:
    place, run, classifier = begun(tmp_path)
    with torch.no_grad():
        classifier.fc.weight.normal_()
        classifier.fc.bias.fill_(0.5)
        trained = run._answers(ALL, np.random.default_rng(0))
    torch.testing.assert_close(trained[:, -1].mean(0), torch.full((2,), 0.5))
    run.finish()
    local = torch.from_numpy(np.array(run._local))
    with torch.no_grad():
        answers = place.form.answers(run._looks.vectors_of(ALL), local)
    torch.testing.assert_close(answers, trained, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("system", ["adafocus-v2", "adafocus mean"])
def test_a_classifier_that_is_not_recurrent_is_refused(system: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="wants a recurrent classifier"):
        ChangeRun(staged(tmp_path, system), STAGE)


def test_crops_that_are_drawn_are_refused(tmp_path: Path) -> None:
    drawn = STAGE.model_copy(update={"augment": True})
    with pytest.raises(ConfigError, match="'augment' is to be off"):
        ChangeRun(staged(tmp_path, "adafocus large frames"), drawn)
