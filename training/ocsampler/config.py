"""The stages that train OCSampler."""

from typing import Annotated, Literal

from pydantic import Field

from training.part import Count, NotNegative, Positive, Share, Stage


class SamplerStage(Stage):
    """What its stages have in common.

    Attributes:
        augment: draw which of the kept ``choices`` each frame is, and a crop, the same for all frames of a
            video. Without, a video is what its bundle would see, and features of frozen networks are kept.
        area: of such a crop, the smallest and the largest share of the frame's.
        flip: mirror every other video that is cropped.
    """

    augment: bool = True
    area: tuple[Share, Share] = (0.08, 1.0)
    flip: bool = True


class SubsetsStage(SamplerStage):
    """Focus network and classifier on random frames, so that the answer after any number of them is right.

    The published recipe starts from a trained classifier; how its weights were made is not published with it.

    Attributes:
        seen: random frames of each video; None for as many as are kept.
        focus_factor: learning rate of the focus network, of the stage's.
        dropout: of the largest embedded features, before the last layer.
    """

    kind: Literal["subsets"]
    seen: Count | None = None
    focus_factor: Positive = 1.0
    dropout: Share = 0.0


class SkimStage(SamplerStage):
    """The skim network as a classifier of videos, by a linear layer that is dropped after it.

    The published recipe starts from such a network; how it was trained is not published.

    Attributes:
        dropout: of the features before that layer.
    """

    kind: Literal["skim"]
    dropout: Share = 0.0


class ChoiceStage(SamplerStage):
    """The skim network and its logit alone, by the policy gradient (OCSampler, section 3).

    The defaults are the published numbers.

    Attributes:
        batch: videos of a step: 40 on each of 8 GPUs.
        reward: what drawn frames are worth more than uniform ones: the largest score that the classifier
            gives to any class, the published default, or the score of the true class.
        entropy: how much the spread of the probabilities is worth; 0 as published.
    """

    kind: Literal["choice"]
    epochs: Annotated[int, Field(ge=0)] = 50
    batch: Count = 320
    rate: Positive = 0.005
    clip: Positive | None = 40.0
    reward: Literal["largest", "label"] = "largest"
    entropy: NotNegative = 0.0
