from dataclasses import replace
from math import cos, pi
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.end_to_end.runs import run
from tests.training.end_to_end.tiny import TINY, stage, task
from training.end_to_end.run import EndToEndRun
from training.stages.base import Task

RESUMED = ("adafocus-v2", "uni-adafocus", "uni-adafocus-x3d")


@pytest.mark.parametrize("system", RESUMED)
def test_a_run_that_was_killed_ends_in_the_same_weights_bit_for_bit(system: str, tmp_path: Path) -> None:
    two = stage(epochs=2)
    whole, first = run(tmp_path / "whole", system, two)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "killed", system, two, kill=(0, 3))
    resumed, log = run(tmp_path / "killed", system, two)
    assert [step for _, step, _ in log.seen] == [2, 3]
    assert log.seen == first.seen[2:]
    found = resumed.state_dict()
    for name, value in whole.state_dict().items():
        assert torch.equal(found[name], value), name


@pytest.mark.parametrize("system", ["adafocus-v2", "uni-adafocus"])
def test_training_makes_the_loss_small(system: str, tmp_path: Path) -> None:
    many = stage(epochs=8, batch=8, rate=0.01, optimizer="adam", dropout=0.1, augment=False)
    _, log = run(tmp_path, system, many)
    losses = [values["loss"] for _, _, values in log.seen]
    assert losses[-1] < 0.65 * losses[0]


def test_the_rate_falls_by_epochs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rates: list[list[float]] = []
    step = torch.optim.SGD.step

    def watched(optimizer: torch.optim.SGD) -> object:
        rates.append([group["lr"] for group in optimizer.param_groups])
        return step(optimizer)

    monkeypatch.setattr(torch.optim.SGD, "step", watched)
    run(tmp_path, "uni-adafocus-x3d", stage(epochs=2, rate=0.1))
    half = 0.5 * (1 + cos(pi / 2))
    glance, spatial, policy, focus, head = 0.05, 0.05, 0.04, 0.1, 0.1
    first = pytest.approx([glance, spatial, policy, focus, head])
    assert rates[0] == rates[1] == first
    assert rates[2] == rates[3] == pytest.approx([rate * half for rate in rates[0]])


def one(folder: Path, system: str, **said: object) -> tuple[EndToEndRun, Task]:
    place = task(folder, system)
    return EndToEndRun(place, stage(**said)), place


def seen(running: EndToEndRun, monkeypatch: pytest.MonkeyPatch) -> torch.Tensor:
    pools: list[torch.Tensor] = []

    def loss(pool: torch.Tensor, answers: torch.Tensor, random: np.random.Generator) -> object:
        pools.append(pool)
        return pool.sum(), {}

    monkeypatch.setattr(running.method, "loss", loss)
    running.loss(np.arange(8), np.random.default_rng(0), 0.0)
    return pools[0]


def test_all_frames_of_a_video_are_cropped_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = task(tmp_path, "tsn")
    frames = np.broadcast_to(place.data.pools[:, :1], place.data.pools.shape)
    running = EndToEndRun(replace(place, data=replace(place.data, pools=frames)), stage())
    pool = seen(running, monkeypatch)
    assert torch.equal(pool, pool[:, :1].expand_as(pool))
    plain = EndToEndRun(replace(place, data=replace(place.data, pools=frames)), stage(augment=False))
    unlike = [not torch.equal(*pair) for pair in zip(pool, seen(plain, monkeypatch), strict=True)]
    assert sum(unlike) >= 6


def test_larger_frames_are_cut_in_the_middle_where_nothing_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, place = one(tmp_path, "tsn", augment=False)
    small = seen(running, monkeypatch)
    pools = np.pad(place.data.pools, ((0, 0), (0, 0), (4, 4), (4, 4), (0, 0)))
    larger = EndToEndRun(replace(place, data=replace(place.data, pools=pools)), stage(augment=False))
    assert torch.equal(seen(larger, monkeypatch), small)


def test_of_several_choices_one_is_drawn_for_each_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = task(tmp_path, "tsn")
    numbers = np.arange(6, dtype=np.uint8)[None, :, None, None, None] * 40
    pools = np.broadcast_to(numbers, (8, 6, 64, 64, 3))
    running = EndToEndRun(replace(place, data=replace(place.data, pools=pools)), stage(augment=False))
    red = seen(running, monkeypatch)[:, :, 0, 0, 0]
    found = ((red * 0.229 + 0.485) * 255 / 40).round().int()
    assert torch.equal(found // 2, torch.arange(3, dtype=torch.int32).expand(8, 3))
    assert 0 < (found % 2).float().mean() < 1


@pytest.mark.parametrize("system", TINY)
def test_mixed_precision(system: str, tmp_path: Path) -> None:
    running, place = one(tmp_path, system)
    place.network.train()
    with torch.autocast("cpu", torch.bfloat16):
        loss, _ = running.loss(np.arange(4), np.random.default_rng(0), 0.0)
    torch.autograd.backward(loss)
    assert loss.dtype is torch.float32
    assert all(value.grad is not None for value in place.network.parameters())
