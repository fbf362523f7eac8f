from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from models.adafocus_checkpoint import read_adafocus
from models.adafocus_plus_checkpoint import read_adafocus_plus
from models.adafocus_tsm import AdaFocusTsmOptions
from models.adafocus_tsm_checkpoint import read_adafocus_tsm
from models.adafocus_v2 import AdaFocusV2Options
from models.adafocus_v2_checkpoint import read_adafocus_v2
from models.adafocus_v2_tsm_checkpoint import read_adafocus_v2_tsm
from models.dense_checkpoint import read_tsm_resnet, read_x3d
from models.ocsampler_checkpoint import read_ocsampler
from models.uni_adafocus_checkpoint import read_uni_adafocus
from models.uni_adafocus_tsm_checkpoint import read_uni_adafocus_tsm
from models.uni_adafocus_x3d_checkpoint import read_uni_adafocus_x3d
from tests.training.end_to_end.runs import run
from tests.training.end_to_end.tiny import CPU, TINY, bright, stage, task
from tests.training.forms.nets import FORMS, network, pools
from tests.training.ocsampler import tiny as sampler
from training.frame_lists import frame_lists
from training.networks import normalised
from training.outcome import Accuracy, accuracy, answers_of, layout_of

READERS: dict[str, Callable[[Path], Any]] = {
    "adafocus-v2": read_adafocus_v2,
    "adafocus-v2 small frames": read_adafocus_v2,
    "adafocus-v2-tsm": read_adafocus_v2_tsm,
    "uni-adafocus": read_uni_adafocus,
    "uni-adafocus-tsm": read_uni_adafocus_tsm,
    "uni-adafocus-x3d": read_uni_adafocus_x3d,
}


def read_back(system: str, path: Path, net: Any) -> nn.Module:
    if system == "x3d":
        return read_x3d(path)
    if system in ("tsn", "tsm"):
        read = read_tsm_resnet(path)
        return read.tsm(3) if system == "tsm" else read.tsn()
    built: nn.Module = READERS[system](path).build(net.options)
    return built


@pytest.mark.parametrize("system", TINY)
def test_a_trained_network_is_read_back_by_the_published_reader(system: str, tmp_path: Path) -> None:
    net, lists = run(tmp_path, system, stage(batch=8))[0].eval(), frame_lists(TINY[system])
    torch.save(layout_of(net), tmp_path / "checkpoint.pth.tar")
    pool = torch.randn(1, lists.frames, 3, lists.seen, lists.seen)
    with torch.no_grad():
        found = answers_of(read_back(system, tmp_path / "checkpoint.pth.tar", net), pool)
        torch.testing.assert_close(found, answers_of(net, pool))


def _read(system: str, path: Path) -> nn.Module:
    built: nn.Module
    if system == "adafocus-plus":
        built = read_adafocus_plus(path).build(32, 0.0)
    elif "v2" in system:
        built = read_adafocus_v2(path).build(AdaFocusV2Options(32, 64))
    elif "tsm" in system:
        built = read_adafocus_tsm(path).build(AdaFocusTsmOptions(32, 4))
    else:
        large = "large" in system
        built = read_adafocus(path).build(64 if large else 32, 128 if large else None)
    return built


@torch.no_grad()
@pytest.mark.parametrize("system", [name for name in FORMS if name not in TINY])
def test_what_the_stages_trained_is_read_back_too(system: str, tmp_path: Path) -> None:
    net, lists = network(system, 3), frame_lists(FORMS[system])
    torch.save(layout_of(net), tmp_path / "checkpoint.pth.tar")
    pool = normalised(pools(system).pools, CPU)
    read = _read(system, tmp_path / "checkpoint.pth.tar")
    torch.testing.assert_close(answers_of(read, pool), answers_of(net, pool))
    assert pool.shape[1] == lists.frames


class Knows(nn.Module):
    """Answers by the brightness."""

    def forward(self, pool: torch.Tensor) -> Any:
        light = pool.mean((1, 2, 3, 4))
        right = torch.stack([-light, light], 1)
        return type("Output", (), {"logits": right})


def test_accuracy_counts_what_is_right(tmp_path: Path) -> None:
    lists = frame_lists(TINY["tsn"])
    found, logits = accuracy(Knows(), bright(lists, 6), lists, CPU)
    assert found == Accuracy(videos=6, answers=(1.0,))
    assert logits.shape == (6, 1, 2)
    assert logits.argmax(2)[:, 0].tolist() == [0, 1] * 3
    three = task(tmp_path, "adafocus-v2")
    _, logits = accuracy(three.network, three.data, frame_lists(TINY["adafocus-v2"]), CPU)
    assert logits.shape == (8, 3, 2)


@torch.no_grad()
def test_ocsampler_answers_after_each_kept_frame_and_is_read_back(tmp_path: Path) -> None:
    net = sampler.network(1).eval()
    torch.save(layout_of(net), tmp_path / "checkpoint.pth.tar")
    pool = torch.randn(2, 5, 3, 32, 32)
    found = answers_of(read_ocsampler(tmp_path / "checkpoint.pth.tar").build(net.options), pool)
    assert found.shape == (2, 2, 2)
    torch.testing.assert_close(found, answers_of(net, pool))
