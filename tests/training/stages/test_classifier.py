from pathlib import Path

import numpy as np
import pytest
import torch

from foveate.errors import ConfigError
from models.running_max import RunningMaxClassifier
from tests.training.forms.nets import staged
from tests.training.parts import context
from training.config import ClassifierStage
from training.networks import normalised
from training.stages.classifier import ClassifierRun


def test_crops_are_drawn_where_the_stage_says_so(tmp_path: Path) -> None:
    place = staged(tmp_path, "adafocus-tsm")
    stage = ClassifierStage(kind="classifier", epochs=1, rate=0.1, augment=True, dropout=0.2)
    run = ClassifierRun(place, stage)
    run.begin()
    place.network.requires_grad_(False)
    for module, _ in run.trained():
        module.requires_grad_(True)
    torch.manual_seed(1)
    first = run.loss(np.arange(8), np.random.default_rng(1), 0.0)[0]
    torch.manual_seed(1)
    other = run.loss(np.arange(8), np.random.default_rng(2), 0.0)[0]
    assert float(other.detach()) != float(first.detach())
    torch.autograd.backward(first)
    assert {name for name, value in place.network.named_parameters() if value.grad is not None} == {
        "focus.fc.weight",
        "focus.fc.bias",
    }


def test_it_sees_the_patches_that_the_policy_chooses(tmp_path: Path) -> None:
    place = context(tmp_path)
    run = ClassifierRun(place, ClassifierStage(kind="classifier", epochs=1, rate=0.1))
    run.begin()
    loss, scalars = run.loss(np.arange(12), np.random.default_rng(0), 0.0)
    with torch.no_grad():
        out = place.network(normalised(place.data.pools, place.device))
    wanted = torch.nn.functional.cross_entropy(
        out.logits.flatten(0, 1), place.answers(np.arange(12)).repeat_interleave(3)
    )
    torch.testing.assert_close(loss.detach(), wanted, atol=1e-3, rtol=1e-3)
    best = out.logits[:, -1].argmax(1) == place.answers(np.arange(12))
    assert abs(scalars["accuracy"] - float(best.double().mean())) < 1e-6


def test_the_last_answer_alone_may_count(tmp_path: Path) -> None:
    place = context(tmp_path)
    stage = ClassifierStage(kind="classifier", epochs=1, rate=0.1, answers="last")
    run = ClassifierRun(place, stage)
    run.begin()
    loss, _ = run.loss(np.arange(12), np.random.default_rng(0), 0.0)
    with torch.no_grad():
        out = place.network(normalised(place.data.pools, place.device))
    wanted = torch.nn.functional.cross_entropy(out.pred, place.answers(np.arange(12)))
    torch.testing.assert_close(loss.detach(), wanted, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("augment", [False, True])
@pytest.mark.parametrize("places", ["centre", "random"])
def test_it_can_see_others_to_compare_them_with(places: str, augment: bool, tmp_path: Path) -> None:
    place = staged(tmp_path, "adafocus")
    wanted = {"kind": "classifier", "epochs": 1, "rate": 0.1, "places": places, "augment": augment}
    run = ClassifierRun(place, ClassifierStage.model_validate(wanted))
    run.begin()
    seen: list[torch.Tensor] = []
    focus = place.network.get_submodule("focus")
    focus.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    again = ClassifierRun(place, ClassifierStage.model_validate(wanted))
    again.begin()
    again.loss(np.arange(8), np.random.default_rng(0), 0.0)
    if not augment:
        assert not seen  # Kept from before, under a name of its own.
        policy = ClassifierRun(place, ClassifierStage(kind="classifier", epochs=1, rate=0.1))
        policy.begin()
        assert seen
        assert not np.array_equal(policy._local, run._local)
    else:
        assert len(seen) == 1


def test_an_embedding_of_identity_passes_features_on(tmp_path: Path) -> None:
    place = staged(tmp_path, "adafocus-v2 mobile")
    stage = ClassifierStage(kind="classifier", epochs=1, rate=0.1, embedding="identity")
    run = ClassifierRun(place, stage)
    run.begin()
    loss, _ = run.loss(np.arange(8), np.random.default_rng(0), 0.0)
    torch.autograd.backward(loss)
    classifier = place.form.classifier
    assert isinstance(classifier, RunningMaxClassifier)
    assert torch.equal(classifier.get_parameter("layers.0.weight"), torch.eye(32))
    touched = {name for name, value in classifier.named_parameters() if value.grad is not None}
    assert touched == {"weights", "biases"}


@pytest.mark.parametrize("system", ["adafocus-v2", "adafocus"])
def test_only_a_running_maximum_as_wide_as_its_features_can_be_one(system: str, tmp_path: Path) -> None:
    stage = ClassifierStage(kind="classifier", epochs=1, rate=0.1, embedding="identity")
    with pytest.raises(ConfigError, match="as wide as the features"):
        ClassifierRun(staged(tmp_path, system), stage)
