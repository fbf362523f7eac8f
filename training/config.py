"""The configuration of a training run: one small TOML file."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from foveate.errors import ConfigError

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class Part(BaseModel):
    """Base of every part: frozen, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SyntheticData(Part):
    """The synthetic data set, drawn in memory: so many clips of each split; of the last there may be none."""

    kind: Literal["synthetic"]
    seed: int = 1
    train: Count
    validation: Count
    test: Annotated[int, Field(ge=0)] = 0


class VideoData(Part):
    """A folder of videos and a CSV of ``file,label,split``, or of ``file,label,fold`` with ``fold`` held out.

    What is wrong with single videos is named, and refuses the run or leaves the video out.
    """

    kind: Literal["videos"]
    folder: Path
    csv: str = "clips.csv"
    labels: tuple[str, ...] | None = None
    fold: int | None = None
    bad: Literal["refuse", "skip"] = "refuse"


class Sizes(Part):
    """Sizes of the networks: AdaFocusV2 with a ResNet-50 of few channels on frames made smaller."""

    frames: Annotated[int, Field(ge=3)] = 8
    crop: Count = 224
    patch: Count = 64
    glance_base: Count = 8
    glance_side: Annotated[int, Field(multiple_of=32)] = 96
    focus_base: Count = 16
    squeezed: Count = 32
    hidden: Count = 128
    classifier_width: Count = 512


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
    decay: Annotated[float, Field(ge=0)] = 1e-4
    clip: Positive | None = None


class GlanceStage(Stage):
    """The glance network alone (AdaFocus, stage 0): the action, a frame at a time.

    Attributes:
        place: weight of a second task, where in the frame the figure is. It stands in for the start from a
            network that knows objects, and needs data that know the place.
    """

    kind: Literal["glance"]
    place: Annotated[float, Field(ge=0)] = 0.0


class FocusStage(Stage):
    """The focus network alone (AdaFocus, stage 0): the action, a patch at a time.

    Attributes:
        around: the share of patches that lie around the figure, whose place the data must then know; the
            others are random. It stands in for the start from a network that knows objects.
        jitter: how far the figure may be from the middle of such a patch, in pixels.
    """

    kind: Literal["focus"]
    around: Share = 0.0
    jitter: Annotated[float, Field(ge=0)] = 14.0


class RandomStage(Stage):
    """Focus network and classifier on random patches, the glance network as it is (AdaFocus, stage 1).

    Attributes:
        focus_rate: learning rate of the focus network, of that of the classifier.
    """

    kind: Literal["random"]
    focus_rate: Positive = 0.01


class PolicyStage(Stage):
    """The policy alone, by proximal policy optimisation (AdaFocus, stage 2).

    Attributes:
        reward: the gain over a random patch, the increase in confidence, or confidence itself.
        gamma: discount of later rewards.
        ratio_clip: how far from 1 the ratio of new to old probability counts.
        passes: over each batch; looking costs far more than learning from it again.
        spread: standard deviation of an action around the policy's mean at first, of the free way.
        last_spread: the same in the end.
        value: weight of the critic's error.
    """

    kind: Literal["policy"]
    reward: Literal["gain", "increment", "confidence"] = "gain"
    gamma: Share = 0.7
    ratio_clip: Positive = 0.2
    passes: Count = 1
    spread: Positive = 0.25
    last_spread: Positive = 0.25
    value: Annotated[float, Field(ge=0)] = 0.5


class ClassifierStage(Stage):
    """The classifier alone, on the policy's patches (AdaFocus, stage 3); dropout is of the features."""

    kind: Literal["classifier"]
    dropout: Share = 0.0


class EndToEndStage(Stage):
    """Everything together (AdaFocusV2): a gradient reaches the policy through the patches' interpolation.

    Attributes:
        dropout: of the features, before classifier and heads.
        policy_rate: learning rate of the policy, of that of the focus network, which is the stage's.
        glance_rate: of the glance network.
        classifier_rate: of the classifier.
    """

    kind: Literal["end-to-end"]
    dropout: Share = 0.2
    policy_rate: Positive = 0.1
    glance_rate: Positive = 0.5
    classifier_rate: Positive = 5.0


AnyStage = Annotated[
    GlanceStage | FocusStage | RandomStage | PolicyStage | ClassifierStage | EndToEndStage,
    Field(discriminator="kind"),
]


class TrainConfig(Part):
    """A run.

    Attributes:
        out: folder of its state, logs and results.
        cache: folder of decoded videos and features; several runs may share it.
        seed: of everything random.
        threads: of the processor; results are the same to the last bit only for the same number.
        device: where the networks run; on ``cuda`` in mixed precision.
        save_every: steps from one saved state to the next.
        data: what to train on.
        sizes: of the networks.
        stages: one after the other.
    """

    out: Path
    cache: Path
    seed: int = 0
    threads: Count = 1
    device: Literal["cpu", "cuda"] = "cpu"
    save_every: Count = 100
    data: Annotated[SyntheticData | VideoData, Field(discriminator="kind")]
    sizes: Sizes = Sizes()
    stages: Annotated[tuple[AnyStage, ...], Field(min_length=1)]


def read_config(path: Path) -> TrainConfig:
    """Read a file; folders in it are relative to it.

    Raises:
        ConfigError: it is missing, is no TOML, or says what no run can do; the message names the first fault.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no TOML: {error}") from error
    try:
        config = TrainConfig.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{path}: {where}: {first['msg']}") from error
    here = path.parent
    data = config.data
    if isinstance(data, VideoData):
        data = data.model_copy(update={"folder": here / data.folder})
    return config.model_copy(update={"out": here / config.out, "cache": here / config.cache, "data": data})
