import torch
from torch import nn

from export.dense_graphs import ClipAnswer, ClipVector, FrameVectors, GlanceLogits, MeanAnswer
from export.precision import in_precision
from models.dense import Tsm, TsmPlus
from models.x3d import X3D
from tests.export.whole_frame_drafts import PLUS, SMALL_X3D
from tests.models.small_networks import noise, seeded


@torch.no_grad()
def test_features_and_their_answer_are_the_network() -> None:
    model = seeded(Tsm(5, frames=3, base=8))
    frames = noise(2, 3, 3, 64, 64)
    wanted = model(frames)
    vectors = FrameVectors(model.focus.net)(frames)
    torch.testing.assert_close(vectors, wanted.features)
    torch.testing.assert_close(MeanAnswer(model.focus.fc)(vectors), wanted.logits)


@torch.no_grad()
def test_a_glance_gives_its_mean_logits() -> None:
    stream = seeded(TsmPlus(PLUS)).glance
    frames = noise(2, 2, 3, 64, 64)
    torch.testing.assert_close(GlanceLogits(stream)(frames), stream(frames)[2].mean(1))


@torch.no_grad()
def test_a_clip_and_its_answer_are_the_network() -> None:
    model = seeded(X3D(SMALL_X3D))
    clip = noise(2, 3, 3, 64, 64)
    vector = ClipVector(model)(clip)
    torch.testing.assert_close(ClipAnswer(model.head)(vector), model(clip))


@torch.no_grad()
def test_half_precision_takes_and_gives_float32() -> None:
    vectors = noise(2, 3, 16)
    layer = seeded(nn.Linear(16, 5))
    half = in_precision(MeanAnswer(layer), "fp16")(vectors)
    assert half.dtype is torch.float32
    torch.testing.assert_close(half, MeanAnswer(layer)(vectors), rtol=0.01, atol=0.01)
    vector = noise(2, 16)
    head = seeded(X3D(SMALL_X3D)).head
    answer = in_precision(ClipAnswer(head), "fp16")(vector)
    assert answer.dtype is torch.float32
    torch.testing.assert_close(answer, ClipAnswer(head)(vector), rtol=0.02, atol=0.02)
