from pathlib import Path

import numpy as np
import pytest
import torch

from export.golden import load_golden
from foveate.bundle.vocabulary import SamplingRule
from foveate.video.sampling import sample
from models.ocsampler import OCSampler, OCSamplerOptions, OCSamplerSizes
from models.ocsampler_checkpoint import read_ocsampler
from tests.models.against_golden import derived, differences, write_checkpoint
from tests.models.small_uni import ocsampler


@pytest.fixture
def small() -> OCSampler:
    return ocsampler()


def frames_of(videos: int) -> torch.Tensor:
    return torch.randn(videos, 5, 3, 64, 64, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def test_every_golden_array(shared: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    golden = load_golden(shared / "golden", "ocsampler-anet-k6")
    checkpoint = read_ocsampler(write_checkpoint(golden, tmp_path / "anet_10to6.pth"))
    assert checkpoint.sizes == OCSamplerSizes()
    assert all(name.endswith("num_batches_tracked") for name in checkpoint.dropped)
    sampled = sample(SamplingRule.SEEDED_SEGMENTS, 10, golden.spec["input"]["shape"][1])
    output = checkpoint.build(OCSamplerOptions()).forward(golden.frames(sampled))
    extra = derived(output.logits) | {"sampled_frames": np.array(sampled)}
    assert differences(golden, output, extra) == {}


@torch.no_grad()
def test_the_most_probable_first_makes_every_smaller_choice(small: OCSampler) -> None:
    frames = frames_of(2)
    ranked = ocsampler(OCSamplerOptions(5, 8, 5, 32, by_time=False))(frames)
    for keep in range(1, 6):
        fewer = ocsampler(OCSamplerOptions(keep, 8, 5, 32))(frames)
        assert np.array_equal(fewer.frame_index, ranked.frame_index[:, :keep].sort(1).values)
        torch.testing.assert_close(fewer.logits, ranked.answers[:, keep - 1], rtol=0, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("times", [0, 1, 2])
def test_the_order_of_the_kept_frames_changes_no_score(small: OCSampler, times: int) -> None:
    """One data set's evaluation takes the softmax once, another's twice."""
    frames = frames_of(2)
    ranked = ocsampler(OCSamplerOptions(3, 8, 5, 32, by_time=False))(frames)
    published = small(frames)
    assert not torch.equal(ranked.frame_index, published.frame_index)
    found, wanted = ranked.logits, published.logits
    for _ in range(times):
        found, wanted = found.softmax(1), wanted.softmax(1)
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-5)


@torch.no_grad()
def test_one_step_at_a_time(small: OCSampler) -> None:
    output = small(frames_of(2))
    state = torch.zeros(2, small.classifier.state_size)
    for step in range(3):
        answer, state = small.classifier.step(output.backbone_feat[:, step], state)
        torch.testing.assert_close(answer, output.answers[:, step], rtol=0, atol=1e-5)
    torch.testing.assert_close(small.classifier.last(output.backbone_feat), output.logits, rtol=0, atol=1e-5)


@torch.no_grad()
def test_the_divisor_matters(small: OCSampler) -> None:
    other = ocsampler(OCSamplerOptions(3, 10, 5, 32))
    assert not torch.equal(small(frames_of(1)).sampler_feat, other(frames_of(1)).sampler_feat)
