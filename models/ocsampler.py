"""OCSampler (Lin et al., CVPR 2022): a skim network weighs ten small frames, ResNet-50 sees the best."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.frame_choice import MostProbableFrames
from models.mobilenet_v2 import MobileNetV2Channels
from models.resnet import ResNet50
from models.temporal_shift import shifted_mobilenet_v2
from models.uni_classifier import embedding, running_maximum


@dataclass(frozen=True, slots=True)
class OCSamplerSizes:
    """Everything about a network that its weights tell.

    Attributes:
        skim: channels of the skim network.
        focus_base: base width of the classifier's backbone.
        embedding: length of an embedded feature.
        classes: number of classes.
    """

    skim: MobileNetV2Channels = field(default_factory=MobileNetV2Channels)
    focus_base: int = 64
    embedding: int = 4096
    classes: int = 200


@dataclass(frozen=True, slots=True)
class OCSamplerOptions:
    """What no checkpoint tells.

    Attributes:
        keep: frames that are kept K; any number from 1 to ``frames`` goes with any checkpoint.
        divisor: of the temporal shift; 10 in the published configurations for ActivityNet, 8 for
            Mini-Kinetics.
        frames: candidate frames.
        skim_side: side of what the skim network sees in pixels.
        by_time: order of the kept frames, see ``MostProbableFrames``.
    """

    keep: int = 6
    divisor: int = 10
    frames: int = 10
    skim_side: int = 128
    by_time: bool = True


@dataclass(frozen=True, slots=True)
class OCSamplerOutput:
    """Every array on the way to a prediction; B videos, T candidate frames, K kept ones.

    Attributes:
        sampler_input: what the skim network sees (B, T, 3, side, side).
        sampler_feat: its pooled features (B, T, 1280).
        frame_probs: probability of each frame (B, T).
        frame_index: the kept frames (B, K).
        backbone_feat: features of each (B, K, 2048).
        embedding: their embeddings (B, K, 4096).
        pooled_embedding: the maximum of these (B, 4096).
        answers: logits of stopping after each kept frame (B, K, classes).
        logits: the last of these (B, classes).
        scores: their softmax, once (B, classes).
    """

    sampler_input: Tensor
    sampler_feat: Tensor
    frame_probs: Tensor
    frame_index: Tensor
    backbone_feat: Tensor
    embedding: Tensor
    pooled_embedding: Tensor
    answers: Tensor
    logits: Tensor
    scores: Tensor


class Skim(nn.Module):
    """The skim network: all small frames of a video to a feature each."""

    def __init__(self, channels: MobileNetV2Channels, frames: int, divisor: int) -> None:
        super().__init__()
        self.net = shifted_mobilenet_v2(channels, frames, divisor)

    def forward(self, frames: Tensor) -> Tensor:
        """Normalised frames (B, T, 3, side, side) to features (B, T, channels)."""
        vectors: Tensor = self.net(frames.flatten(0, 1)).mean((2, 3))
        return vectors.reshape(-1, frames.shape[1], vectors.shape[1])


class FrameSampler(nn.Module):
    """The policy: a probability a frame, and the frames to keep; always float32."""

    def __init__(self, features: int, keep: int, by_time: bool) -> None:
        super().__init__()
        self.logit = nn.Linear(features, 1)
        self.choose = MostProbableFrames(keep, by_time)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, T, features) to frame numbers (B, K), int64, and probabilities (B, T)."""
        probabilities = torch.softmax(self.logit(features).flatten(1), 1)
        return self.choose(probabilities), probabilities


class MaximumClassifier(nn.Module):
    """The maximum of the frames' embeddings so far, and one linear layer for any number of frames."""

    def __init__(self, features: int, width: int, classes: int) -> None:
        super().__init__()
        self.state_size = width
        self.layers = embedding(features, width)
        self.fc = nn.Linear(width, classes)

    def embed(self, features: Tensor) -> Tensor:
        """(B, K, features) to (B, K, width)."""
        out: Tensor = self.layers(features.flatten(0, 1))
        return out.reshape(-1, features.shape[1], self.state_size)

    def forward(self, features: Tensor) -> Tensor:
        """(B, K, features) to the logits of stopping after each frame (B, K, classes)."""
        logits: Tensor = self.fc(running_maximum(self.embed(features)))
        return logits

    def last(self, features: Tensor) -> Tensor:
        """(B, K, features) to the prediction alone (B, classes)."""
        logits: Tensor = self.fc(self.embed(features).amax(1))
        return logits

    def step(self, features: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One frame: (B, features) and the maximum so far (B, width), zeros at first; logits and the next."""
        state = torch.maximum(state, self.layers(features))
        return self.fc(state), state


class OCSampler(nn.Module):
    """The networks and what joins them.

    Args:
        sizes: sizes of the networks.
        options: the rest.
    """

    def __init__(self, sizes: OCSamplerSizes, options: OCSamplerOptions) -> None:
        super().__init__()
        self.sizes = sizes
        self.options = options
        self.glance = Skim(sizes.skim, options.frames, options.divisor)
        self.policy = FrameSampler(sizes.skim.last, options.keep, options.by_time)
        self.focus = ResNet50(sizes.focus_base)
        self.classifier = MaximumClassifier(self.focus.channels, sizes.embedding, sizes.classes)

    def glance_pixels(self, frames: Tensor) -> Tensor:
        """Frames (B, T, 3, crop, crop) to what the skim network sees, by nearest neighbour."""
        side = self.options.skim_side
        small = functional.interpolate(frames.flatten(0, 1), (side, side), mode="nearest")
        return small.reshape(-1, *frames.shape[1:3], side, side)

    def forward(self, frames: Tensor) -> OCSamplerOutput:
        """Normalised frames (B, T, 3, crop, crop), in order of time, to everything."""
        pixels = self.glance_pixels(frames)
        features = self.glance(pixels)
        index, probabilities = self.policy(features)
        videos = torch.arange(frames.shape[0], device=frames.device)[:, None]
        kept = frames[videos, index]
        focus = self.focus(kept.flatten(0, 1)).unflatten(0, (-1, index.shape[1]))
        embedded = self.classifier.embed(focus)
        answers = self.classifier.fc(running_maximum(embedded))
        return OCSamplerOutput(
            sampler_input=pixels,
            sampler_feat=features,
            frame_probs=probabilities,
            frame_index=index,
            backbone_feat=focus,
            embedding=embedded,
            pooled_embedding=embedded.amax(1),
            answers=answers,
            logits=answers[:, -1],
            scores=torch.softmax(answers[:, -1], 1),
        )
