"""What all parts of a configuration are made of."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=1)]
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
        rate: learning rate at first; it follows half a cosine to 0.
        decay: weight decay.
        clip: largest norm of a gradient; None for any.
    """

    epochs: Annotated[int, Field(ge=0)]
    batch: Count = 16
    optimizer: Literal["sgd", "adam"] = "sgd"
    rate: Positive
    decay: NotNegative = 1e-4
    clip: Positive | None = None
