"""The stage that trains everything together."""

from typing import Annotated, Literal

from pydantic import Field

from training.part import Count, NotNegative, Positive, Share, Stage


class EndToEndStage(Stage):
    """Everything together, by the published recipe of the system.

    What is None here is as published; ``training.end_to_end.published`` has the numbers.

    Attributes:
        schedule: half a cosine, or a tenth of the rate after each of ``drops``; by whole epochs.
        drops: shares of the stage.
        dropout: of features before classifiers.
        head_dropout: before heads on single frames, which only training needs; None for ``dropout``.
        glance_factor: learning rate of the glance network and its heads, of the stage's.
        policy_factor: of the policies.
        focus_factor: of the focus network and its heads.
        classifier_factor: of the classifier.
        clip: largest norm of a gradient; 0 for any.
        size_weight: how much a rectangle smaller than the frame costs (Uni-AdaFocus).
        removals: how often frames are drawn for the loss that trains the choice of frames (Uni-AdaFocus).
        augment: crops of several sizes and places, the same for all frames of a video.
        scales: of such a crop, of the frame's side.
        flip: mirror every other video; not where left and right matter, as in Something-Something.
    """

    kind: Literal["end_to_end"]
    epochs: Annotated[int, Field(ge=0)] = 50
    batch: Count = 32
    schedule: Literal["cosine", "drops"] = "cosine"
    drops: tuple[Share, ...] = (0.4, 0.8)
    dropout: Share | None = None
    head_dropout: Share | None = None
    glance_factor: Positive | None = None
    policy_factor: Positive | None = None
    focus_factor: Positive | None = None
    classifier_factor: Positive | None = None
    clip: NotNegative | None = None
    size_weight: NotNegative | None = None
    removals: Count = 128
    augment: bool = True
    scales: Annotated[tuple[Share, ...], Field(min_length=1)] = (1.0, 0.875, 0.75, 0.66)
    flip: bool = True
