from pathlib import Path

import pytest
import torch

from export.golden import load_golden
from models.uni_adafocus import UniOptions
from models.uni_adafocus_tsm import UniAdaFocusTsm, UniAdaFocusTsmSizes
from models.uni_adafocus_tsm_checkpoint import read_uni_adafocus_tsm
from tests.models.against_golden import derived, differences, middles, write_checkpoint
from tests.models.small_uni import uni_adafocus_tsm


@pytest.fixture
def small() -> UniAdaFocusTsm:
    return uni_adafocus_tsm()


@torch.no_grad()
def test_every_golden_array(shared: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    golden = load_golden(shared / "golden", "uni-adafocus-tsm-p128")
    checkpoint = read_uni_adafocus_tsm(write_checkpoint(golden, tmp_path / "ckpt.pth.tar"))
    assert checkpoint.sizes == UniAdaFocusTsmSizes(auxiliary=True)
    count = golden.spec["input"]["shape"][1]
    glance, candidates = middles(count, 8), middles(count, 36)
    frames = golden.frames()
    output = checkpoint.build(UniOptions(patch=128, focus_frames=12)).forward(
        frames[:, glance], frames[:, candidates]
    )
    extra = derived(output.logits, output.exit_logits)
    assert (
        differences(golden, output, extra | {"glance_frames": glance, "candidate_frames": candidates}) == {}
    )


@torch.no_grad()
def test_a_batch_is_its_videos(small: UniAdaFocusTsm) -> None:
    drawn = torch.Generator().manual_seed(1)
    glance = torch.randn(2, 4, 3, 64, 64, generator=drawn)
    candidates = torch.randn(2, 9, 3, 64, 64, generator=drawn)
    both, second = small(glance, candidates), small(glance[1:], candidates[1:])
    assert both.rect_yxhw.shape == (2, 4)
    torch.testing.assert_close(both.exit_logits[1:], second.exit_logits, rtol=0, atol=1e-5)


@torch.no_grad()
def test_the_answer_after_the_glance_has_its_own_head(small: UniAdaFocusTsm) -> None:
    glance, candidates = torch.randn(1, 4, 3, 64, 64), torch.randn(1, 9, 3, 64, 64)
    before = small(glance, candidates)
    small.glance.early.weight.zero_()
    after = small(glance, candidates)
    assert not torch.equal(before.exit_logits[:, 0], after.exit_logits[:, 0])
    assert torch.equal(before.logits, after.logits)
