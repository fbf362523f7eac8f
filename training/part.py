"""What all parts of a configuration are made of."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


class Part(BaseModel):
    """Base of every part: frozen, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Stage(Part):
    """What every stage has.

    Attributes:
        epochs: how often every video is seen.
        batch: videos of a step.
        optimizer: which; stochastic gradient descent has momentum 0.9.
        rate: learning rate at first.
        schedule: it follows half a cosine to 0 from step to step (``smooth``) or from epoch to epoch
            (``cosine``), or falls to a tenth after each of ``drops``, by whole epochs.
        drops: shares of the stage.
        decay: weight decay.
        clip: largest norm of a gradient; None for any.
    """

    epochs: Annotated[int, Field(ge=0)]
    batch: Count = 16
    optimizer: Literal["sgd", "adam"] = "sgd"
    rate: Positive
    schedule: Literal["smooth", "cosine", "drops"] = "smooth"
    drops: tuple[Share, ...] = (0.4, 0.8)
    decay: NotNegative = 1e-4
    clip: NotNegative | None = None


class Augmented(Stage):
    """A stage that may see another crop of a video each time.

    Attributes:
        augment: crops of several sizes and places, the same for all frames of a video.
        scales: of such a crop, of the frame's side.
        flip: mirror every other video; not where left and right matter, as in Something-Something.
    """

    augment: bool = False
    scales: Annotated[tuple[Share, ...], Field(min_length=1)] = (1.0, 0.875, 0.75, 0.66)
    flip: bool = True
