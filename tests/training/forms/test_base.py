from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.forms.nets import FORMS, form, network, reader
from training.networks import normalised
from training.outcome import answers_of
from training.stages.looks import Looks

ALL = np.arange(8)


@torch.no_grad()
@pytest.mark.parametrize("system", FORMS)
def test_a_form_answers_what_its_network_answers(system: str, tmp_path: Path) -> None:
    net = network(system, seed=4)
    made, source = form(system, net), reader(system)
    view = Looks(made, source, tmp_path, iter).view(ALL)
    scores, states = made.act(view.maps)
    assert scores.shape[:2] == (8, made.geometry.decisions) == states.shape[:2]
    assert states.shape[2] == made.hidden
    answers = made.answers(view.vectors, view.chosen(made.choice.best(scores)))
    assert answers.shape == (8, made.geometry.decisions, made.classes)
    wanted = answers_of(net, normalised(source.data.pools, torch.device("cpu")))
    # The last digits differ by the size of a batch, and random weights make much of them.
    torch.testing.assert_close(answers, wanted, atol=0.02, rtol=0.05)


@torch.no_grad()
@pytest.mark.parametrize("system", FORMS)
def test_one_decision_is_replaced_alone(system: str, tmp_path: Path) -> None:
    made = form(system, network(system, seed=4))
    view = Looks(made, reader(system), tmp_path, iter).view(ALL)
    steps, each = made.geometry.decisions, made.geometry.each
    own, others = (view.random(np.random.default_rng(seed)) for seed in (1, 2))
    answers, changed = made.answers_with(view.vectors, own, others)
    torch.testing.assert_close(answers, made.answers(view.vectors, own), atol=1e-5, rtol=1e-5)
    for step in range(steps):
        mixed = own.clone()
        mixed[:, step * each : (step + 1) * each] = others[:, step * each : (step + 1) * each]
        wanted = made.answers(view.vectors, mixed)[:, step]
        torch.testing.assert_close(changed[:, step], wanted, atol=1e-5, rtol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("system", FORMS)
def test_the_glance_is_as_large_as_the_geometry_says(system: str) -> None:
    made = form(system)
    seen: list[torch.Size] = []
    hook = made.glance.register_forward_pre_hook(lambda module, given: seen.append(given[0].shape))
    geometry = made.geometry
    made.maps(torch.zeros(1, len(geometry.glances), 3, geometry.crop, geometry.crop))
    hook.remove()
    assert [tuple(shape[-2:]) for shape in seen] == [(geometry.glance_side, geometry.glance_side)]


@pytest.mark.parametrize("system", FORMS)
def test_heads_and_channels_are_those_of_the_backbones(system: str, tmp_path: Path) -> None:
    made = form(system)
    view = Looks(made, reader(system), tmp_path, iter).view(ALL[:1])
    assert view.vectors.shape[2] == made.channels_of("glance")
    assert view.random(np.random.default_rng(0)).shape[2] == made.channels_of("focus")
    for part in ("glance", "focus"):
        assert (made.head_of(part) is None) == ("tsm" not in system)
