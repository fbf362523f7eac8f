"""The stage that trains everything together."""

from typing import Annotated, Literal

from pydantic import Field

from training.part import Augmented, Count, NotNegative, Positive, Share


class EndToEndStage(Augmented):
    """Everything together, by the published recipe of the system.

    What is None here is as published; ``training.end_to_end.published`` has the numbers.

    Attributes:
        dropout: of features before classifiers.
        head_dropout: before heads on single frames, which only training needs; None for ``dropout``.
        glance_factor: learning rate of the glance network and its heads, of the stage's.
        policy_factor: of the policies.
        focus_factor: of the focus network and its heads.
        classifier_factor: of the classifier.
        size_weight: how much a rectangle smaller than the frame costs (Uni-AdaFocus).
        removals: how often frames are drawn for the loss that trains the choice of frames (Uni-AdaFocus).
    """

    kind: Literal["end_to_end"]
    epochs: Annotated[int, Field(ge=0)] = 50
    batch: Count = 32
    schedule: Literal["smooth", "cosine", "drops"] = "cosine"
    dropout: Share | None = None
    head_dropout: Share | None = None
    glance_factor: Positive | None = None
    policy_factor: Positive | None = None
    focus_factor: Positive | None = None
    classifier_factor: Positive | None = None
    size_weight: NotNegative | None = None
    removals: Count = 128
    augment: bool = True
