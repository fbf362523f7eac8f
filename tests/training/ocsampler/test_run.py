from pathlib import Path

import numpy as np
import pytest
import torch

from foveate.errors import ConfigError
from tests.training.end_to_end.tiny import CPU
from tests.training.end_to_end.tiny import network as other_network
from tests.training.ocsampler.tiny import LISTS, choice, marked, network, run, skim, subsets, task
from training.config import AnyStage
from training.networks import normalised
from training.ocsampler.clips import Clips
from training.ocsampler.registry import sampler_run
from training.ocsampler.run import cached_embeddings, embedded, taken

STAGES: tuple[AnyStage, ...] = (subsets(), skim(), choice())


@pytest.mark.parametrize("augment", [False, True])
def test_a_run_that_was_killed_in_every_stage_ends_in_the_same_weights_bit_for_bit(
    augment: bool, tmp_path: Path
) -> None:
    stages = [stage.model_copy(update={"augment": augment, "epochs": 2}) for stage in STAGES]
    data = marked(choices=2, extra=4) if augment else marked()
    whole, first = run(tmp_path / "whole", *stages, data=data)
    for kill in ((0, 3), (1, 3), (2, 3)):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "killed", *stages, data=data, kill=kill)
    resumed, log = run(tmp_path / "killed", *stages, data=data)
    assert log.seen == first.seen[10:]
    found = resumed.state_dict()
    for name, value in whole.state_dict().items():
        assert torch.equal(found[name], value), name


def test_a_stage_trains_its_own_and_nothing_else(tmp_path: Path) -> None:
    for stage, wanted in zip(
        STAGES, ({"focus", "classifier"}, {"glance"}, {"glance", "policy"}), strict=True
    ):
        before = network().state_dict()
        after = run(tmp_path / stage.kind, stage)[0].state_dict()
        assert {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])} == wanted


def test_frames_are_embedded_as_the_network_itself_does(tmp_path: Path) -> None:
    net, data = network(2).eval(), marked()
    place = task(tmp_path, net, data)
    clips = Clips(data, LISTS, CPU)
    with torch.no_grad():
        out = net(normalised(data.pools, CPU))
    found = embedded(net, clips.frames(np.arange(8)))
    torch.testing.assert_close(taken(found, out.frame_index), out.embedding, atol=1e-5, rtol=1e-5)
    kept = torch.from_numpy(np.array(cached_embeddings(net, clips, place)))
    torch.testing.assert_close(kept, found, atol=1e-5, rtol=1e-5)


def test_other_weights_have_embeddings_of_their_own(tmp_path: Path) -> None:
    place = task(tmp_path)
    for seed in (1, 2):
        cached_embeddings(network(seed).eval(), Clips(place.data, LISTS, CPU), place)
    assert len(list(place.cache.iterdir())) == 2


def test_another_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="trains no Tsn"):
        sampler_run(choice(), task(tmp_path, other_network("tsn")))


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.kind)
def test_mixed_precision(stage: object, tmp_path: Path) -> None:
    place = task(tmp_path)
    running = sampler_run(stage.model_copy(update={"augment": True}), place)  # type: ignore[attr-defined]
    running.begin()
    place.network.eval().requires_grad_(False)
    for module, _ in running.trained():
        module.train().requires_grad_(True)
    with torch.autocast("cpu", torch.bfloat16):
        loss, _ = running.loss(np.arange(4), np.random.default_rng(0), 0.0)
    torch.autograd.backward(loss)
    assert loss.dtype is torch.float32
    assert all(value.grad is not None for module, _ in running.trained() for value in module.parameters())
