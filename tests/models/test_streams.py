import torch

from models.streams import FocusStream, GlanceStream, SumOfMeans
from tests.models.small_networks import BASE, CLASSES, NARROW, noise, seeded


def test_glance_gives_maps_means_and_logits() -> None:
    stream = seeded(GlanceStream(NARROW, CLASSES, frames=4))
    with torch.no_grad():
        maps, vectors, logits = stream(noise(2, 4, 3, 64, 64))
    assert maps.shape == (2, 4, 16, 2, 2)
    torch.testing.assert_close(vectors, maps.mean((3, 4)))
    torch.testing.assert_close(logits, stream.fc(vectors))


def test_videos_of_a_batch_do_not_mix() -> None:
    glance, focus = seeded(GlanceStream(NARROW, CLASSES, 4)), seeded(FocusStream(BASE, CLASSES, 6))
    frames, patches = noise(3, 4, 3, 64, 64), noise(3, 6, 3, 32, 32)
    with torch.no_grad():
        for stream, pixels in ((glance, frames), (focus, patches)):
            together, alone = stream(pixels), stream(pixels[1:2])
            for all_of_them, one in zip(together, alone, strict=True):
                torch.testing.assert_close(all_of_them[1:2], one, rtol=1e-4, atol=1e-4)


def test_focus_gives_features_and_logits() -> None:
    stream = seeded(FocusStream(BASE, CLASSES, frames=6))
    with torch.no_grad():
        features, logits = stream(noise(2, 6, 3, 40, 40))
    assert features.shape == (2, 6, 32 * BASE)
    torch.testing.assert_close(logits, stream.fc(features))


def test_the_answer_is_the_sum_of_the_two_means() -> None:
    glance, focus = noise(2, 8, 5), noise(2, 12, 5, seed=1)
    torch.testing.assert_close(SumOfMeans()(glance, focus), focus.sum(1) / 12 + glance.sum(1) / 8)
    torch.testing.assert_close(SumOfMeans(with_glance=False)(glance, focus), focus.sum(1) / 12)
