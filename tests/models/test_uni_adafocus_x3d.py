from pathlib import Path

import pytest
import torch

from export.golden import load_golden
from models.uni_adafocus import UniOptions
from models.uni_adafocus_x3d import UniAdaFocusX3d, UniAdaFocusX3dSizes
from models.uni_adafocus_x3d_checkpoint import read_uni_adafocus_x3d
from tests.models.against_golden import derived, differences, middles, write_checkpoint
from tests.models.small_uni import uni_adafocus_x3d


@pytest.fixture
def small() -> UniAdaFocusX3d:
    return uni_adafocus_x3d()


@torch.no_grad()
def test_every_golden_array(shared: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    golden = load_golden(shared / "golden", "uni-adafocus-x3d-p128")
    checkpoint = read_uni_adafocus_x3d(write_checkpoint(golden, tmp_path / "ckpt.pth.tar"))
    assert checkpoint.sizes == UniAdaFocusX3dSizes(auxiliary=True)
    count = golden.spec["input"]["shape"][1]
    glance, candidates = middles(count, 16), middles(count, 96)
    frames = golden.frames()
    output = checkpoint.build(UniOptions(patch=128, focus_frames=32)).forward(
        frames[:, glance], frames[:, candidates]
    )
    extra = derived(output.logits, output.exit_logits)
    assert (
        differences(golden, output, extra | {"glance_frames": glance, "candidate_frames": candidates}) == {}
    )


@torch.no_grad()
def test_a_batch_is_its_videos(small: UniAdaFocusX3d) -> None:
    drawn = torch.Generator().manual_seed(1)
    glance = torch.randn(2, 4, 3, 96, 96, generator=drawn)
    candidates = torch.randn(2, 9, 3, 96, 96, generator=drawn)
    both, second = small(glance, candidates), small(glance[1:], candidates[1:])
    assert both.glance_input.shape == (2, 4, 3, 64, 64)
    torch.testing.assert_close(both.exit_logits[1:], second.exit_logits, rtol=0, atol=1e-5)
