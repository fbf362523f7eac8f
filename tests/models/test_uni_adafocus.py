from pathlib import Path

import pytest
import torch

from export.golden import load_golden
from models.uni_adafocus import UniAdaFocus, UniAdaFocusSizes, UniOptions
from models.uni_adafocus_checkpoint import read_uni_adafocus
from tests.models.against_golden import derived, differences, middles, write_checkpoint
from tests.models.small_uni import uni_adafocus


@pytest.fixture
def small() -> UniAdaFocus:
    return uni_adafocus()


def frames_of(videos: int, count: int, side: int) -> torch.Tensor:
    return torch.randn(videos, count, 3, side, side, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def test_every_golden_array(shared: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    golden = load_golden(shared / "golden", "uni-adafocus-p128")
    checkpoint = read_uni_adafocus(write_checkpoint(golden, tmp_path / "ckpt.pth.tar"))
    assert any(name.startswith("state_dict.module.aux_fc.") for name in checkpoint.dropped)
    assert checkpoint.sizes == UniAdaFocusSizes(auxiliary=True)
    sampled = middles(golden.spec["input"]["shape"][1], 48)
    output = checkpoint.build(UniOptions(patch=128)).forward(golden.frames(sampled.tolist()))
    extra = derived(output.logits, output.exit_logits) | {"sampled_frames": sampled}
    assert differences(golden, output, extra) == {}


@torch.no_grad()
def test_a_batch_is_its_videos(small: UniAdaFocus) -> None:
    frames = frames_of(2, 12, 64)
    both, second = small(frames), small(frames[1:])
    assert torch.equal(both.focus_index[1:], second.focus_index)
    torch.testing.assert_close(both.step_logits[1:], second.step_logits, rtol=0, atol=1e-5)


@torch.no_grad()
def test_exits_are_the_last_steps(small: UniAdaFocus) -> None:
    output = small(frames_of(1, 12, 64))
    assert output.exit_logits.shape == (1, 5, 5)
    assert torch.equal(output.exit_logits[:, -1], output.logits)
