import torch

from models.dense import Tsm, TsmPlus, TsmPlusSizes, Tsn
from models.mobilenet_v2 import MobileNetV2Channels
from models.streams import GlanceStream
from tests.models.small_networks import seeded

NARROW = MobileNetV2Channels(8, (8, 16, 16, 16, 16, 16, 16), 16)


def frames_of(count: int, videos: int = 2) -> torch.Tensor:
    return torch.randn(videos, count, 3, 64, 64, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def test_tsn_answers_the_mean_of_its_frames() -> None:
    model = seeded(Tsn(5, base=4))
    frames = frames_of(3)
    output = model(frames)
    assert output.features.shape == (2, 3, 128)
    alone = torch.stack([model(frames[:, [k]]).logits for k in range(3)], 1)
    torch.testing.assert_close(output.frame_logits, alone, rtol=0, atol=1e-4)
    torch.testing.assert_close(output.logits, alone.mean(1), rtol=0, atol=1e-4)
    torch.testing.assert_close(model.classifier(output.features), output.logits)


@torch.no_grad()
def test_tsm_sees_neighbours() -> None:
    model = seeded(Tsm(5, frames=3, base=8))
    frames = frames_of(3)
    other = frames.clone()
    other[:, 2] = 0
    before, after = model(frames), model(other)
    assert not torch.equal(before.features[:, 1], after.features[:, 1])
    torch.testing.assert_close(before.logits, before.frame_logits.mean(1))
    second = model(frames[1:])
    torch.testing.assert_close(second.logits, before.logits[1:], rtol=0, atol=1e-4)


@torch.no_grad()
def test_tsm_plus_adds_both_streams() -> None:
    model = seeded(TsmPlus(TsmPlusSizes(NARROW, 8, 5, glance_frames=2, focus_frames=3)))
    glance, focus = frames_of(2), frames_of(3)
    output = model(glance, focus)
    assert output.glance_maps.shape == (2, 2, 16, 2, 2)
    torch.testing.assert_close(output.logits, output.glance_logits.mean(1) + output.focus_logits.mean(1))
    stream = GlanceStream(NARROW, 5, 2).eval()
    stream.load_state_dict(model.glance.state_dict())
    assert torch.equal(stream(glance)[2], output.glance_logits)
