from pathlib import Path

import numpy as np
import pytest
import torch

from models.adafocus import cut
from models.adafocus_checkpoint import read_adafocus
from tests.models.published_files import golden_set, misses
from tests.models.small import MEAN_SIZES, PATCH, SIZES, small_model


@pytest.mark.parametrize("name", ["adafocus-v1-p128", "adafocus-v1-fc-p96"])
def test_every_array_of_the_golden_set(shared: Path, tmp_path: Path, name: str) -> None:
    golden = golden_set(shared, name)
    file = tmp_path / "checkpoint.pth.tar"
    torch.save(golden.checkpoint(), file)
    model = read_adafocus(file).build(golden.spec["config"]["patch_size"])
    file.unlink()
    frames = golden.frames()
    assert golden.error("input", frames.flatten(1, 2).numpy()) <= golden.tolerance("input")
    golden.arrays.pop("input")
    with torch.no_grad():
        assert misses(golden, model(frames)) == {}


def frames(count: int) -> torch.Tensor:
    return torch.randn(
        2, count, 3, SIZES.glance_side, SIZES.glance_side, generator=torch.Generator().manual_seed(1)
    )


def test_what_joins_the_networks() -> None:
    model = small_model()
    video = frames(3)
    with torch.no_grad():
        out = model(video)
    assert torch.equal(out.actions, out.policy_logits.argmax(2))
    for b, t in np.ndindex(2, 3):
        y, x = out.corners[b, t].tolist()
        assert torch.equal(out.patches[b, t], video[b, t, :, y : y + PATCH, x : x + PATCH])
    torch.testing.assert_close(out.gvec, out.gmap.mean((3, 4)))
    assert torch.equal(out.pred, out.answers[:, -1])
    assert out.logits.shape == (6, 5)


def test_an_answer_depends_on_no_later_frame() -> None:
    model, video = small_model(), frames(4)
    with torch.no_grad():
        torch.testing.assert_close(model(video).answers[:, :2], model(video[:, :2]).answers)


def test_the_mean_consensus_predicts_probabilities() -> None:
    with torch.no_grad():
        out = small_model(MEAN_SIZES)(frames(3))
    torch.testing.assert_close(out.pred.sum(1), torch.ones(2))
    torch.testing.assert_close(out.logits, out.pred.log())


def test_cut_takes_rows_first() -> None:
    frame = torch.arange(3 * 8 * 8.0).reshape(1, 3, 8, 8)
    assert torch.equal(cut(frame, torch.tensor([[1, 4]]), 3), frame[:, :, 1:4, 4:7])
