import torch

from export.video_graphs import FocusVideo, GlanceVideo, Sum, VideoPlace
from tests.models.small_networks import CLASSES, adafocus_tsm, noise


@torch.no_grad()
def test_the_parts_are_the_network() -> None:
    model = adafocus_tsm()
    glance, focus = noise(2, 4, 3, 64, 64), noise(2, 6, 3, 64, 64, seed=1)
    wanted = model(glance, focus)
    maps, first = GlanceVideo(model.glance)(glance)
    torch.testing.assert_close(maps, wanted.gmap)
    torch.testing.assert_close(first, wanted.glance_logits.mean(1))
    rectangle, scores, hidden = VideoPlace(model.policy, model.place, 48)(maps)
    torch.testing.assert_close(scores, wanted.policy_logits[:, 0])
    torch.testing.assert_close(hidden, wanted.policy_hidden[:, 0])
    assert torch.equal(rectangle[:, :2], wanted.corners[:, 0].float())
    assert (rectangle[:, 2:] == 48).all()
    second = FocusVideo(model.focus)(wanted.patches)
    torch.testing.assert_close(second, wanted.local_logits.mean(1))
    torch.testing.assert_close(Sum()(first, second), wanted.pred)


@torch.no_grad()
def test_half_precision_gives_float32() -> None:
    model = adafocus_tsm()
    out = FocusVideo(model.focus).half()(noise(1, 6, 3, 48, 48))
    assert (out.dtype, out.shape) == (torch.float32, (1, CLASSES))
