"""The configuration of a training run: one small TOML file."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from foveate.errors import ConfigError
from training.end_to_end.config import EndToEndStage
from training.ocsampler.config import ChoiceStage, SamplerStage, SkimStage, SubsetsStage
from training.part import Augmented, Count, NotNegative, Part, Positive, Seed, Share
from training.sizes import STAGED, AnySizes, PlusSizes, SamplerSizes, Sizes, V1Sizes, V1TsmSizes
from training.taught import FocusStage, GlanceStage, PlacesStage


class SyntheticData(Part):
    """The synthetic data set, drawn in memory: so many clips of each split; of the last there may be none."""

    kind: Literal["synthetic"]
    seed: Seed = 1
    train: Count
    validation: Count
    test: Annotated[int, Field(ge=0)] = 0


class VideoData(Part):
    """A folder of videos and a CSV of ``file,label,split``, or of ``file,label,fold`` with ``fold`` held out.

    What is wrong with single videos is named, and refuses the run or leaves the video out.

    Attributes:
        folder: of the videos.
        csv: the list, in the folder.
        labels: names of the classes; None for those of the list.
        fold: that is held out.
        bad: what is done about a video that cannot be read.
        choices: frames that are kept for each that a network sees, of which training draws one each time.
    """

    kind: Literal["videos"]
    folder: Path
    csv: str = "clips.csv"
    labels: tuple[str, ...] | None = None
    fold: int | None = None
    bad: Literal["refuse", "skip"] = "refuse"
    choices: Count = 1


class Start(Part):
    """Files of trained backbones that a run starts from, with torchvision's or the published names."""

    glance: Path | None = None
    focus: Path | None = None


class WholeStage(Augmented):
    """A backbone alone, on all whole frames of a video (AdaFocus, stage 0, as published).

    Attributes:
        network: which backbone.
        dropout: of the features.
    """

    kind: Literal["whole"]
    network: Literal["glance", "focus"]
    dropout: Share = 0.0


class RandomStage(Augmented):
    """Focus network and classifier on random patches, the glance network as it is (AdaFocus, stage 1).

    Attributes:
        focus_rate: learning rate of the focus network, of that of the classifier.
        dropout: of what the classifier's last layer sees.
    """

    kind: Literal["random"]
    focus_rate: Positive = 0.01
    dropout: Share = 0.0


class RewardStage(Augmented):
    """What the stages have that learn from rewards, by proximal policy optimisation.

    Attributes:
        gamma: discount of later rewards.
        ratio_clip: how far from 1 the ratio of new to old probability counts.
        passes: over each batch; looking costs far more than learning from it again.
        spread: standard deviation of an action around the policy's mean at first, of the free way; only of
            places between the pixels.
        last_spread: the same in the end.
        value: weight of the critic's error.
        entropy: how much chance is worth.
        table: side by side, how many places of a frame are looked at once, before the stage, so that acting
            costs no focus network; an action sees the nearest of them. None to look at each patch.
    """

    gamma: Share = 0.7
    ratio_clip: Positive = 0.2
    passes: Count = 1
    spread: Positive = 0.25
    last_spread: Positive = 0.25
    value: NotNegative = 0.5
    entropy: NotNegative = 0.01
    table: Annotated[int, Field(ge=4)] | None = None


class PolicyStage(RewardStage):
    """The policy alone (AdaFocus, stage 2).

    Attributes:
        reward: the gain over a random patch, the increase in confidence, or confidence itself.
    """

    kind: Literal["policy"]
    reward: Literal["gain", "increment", "confidence"] = "gain"


class KeepStage(RewardStage):
    """The policy alone that drops frames (AdaFocus+, equation 10).

    Attributes:
        penalty: price of a kept frame, in confidence, for a patch as large as the frame; it grows with the
            patch's area.
    """

    kind: Literal["keep"]
    penalty: NotNegative = 0.1


class ClassifierStage(Augmented):
    """The classifier alone, on the policy's patches (AdaFocus, stage 3).

    Attributes:
        dropout: of what the classifier's last layer sees, or of its features where nothing is recurrent.
        embedding: of a running maximum: ``identity`` passes features on as they are, brought to one size, and
            trains the layers of the answers alone: for so few videos that more would learn them by heart.
            Of a recurrent classifier: ``change`` sets its state to sum up how the patches' features change,
            of those that vary most, and trains the last layer alone, for the same reason.
        answers: which of them are to be right: that after every decision, as published, or the last alone.
        places: where the patches lie that it is trained on: where the policy looks, or, to compare that with,
            in the centre of each frame or anywhere.
    """

    kind: Literal["classifier"]
    dropout: Share = 0.0
    embedding: Literal["trained", "identity", "change"] = "trained"
    answers: Literal["every", "last"] = "every"
    places: Literal["policy", "centre", "random"] = "policy"


AnyStage = Annotated[
    WholeStage
    | GlanceStage
    | FocusStage
    | RandomStage
    | PlacesStage
    | PolicyStage
    | KeepStage
    | ClassifierStage
    | SubsetsStage
    | SkimStage
    | ChoiceStage
    | EndToEndStage,
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
        sizes: of the networks, and with them the system.
        start: trained backbones to start from.
        stages: one after the other.
    """

    out: Path
    cache: Path
    seed: Seed = 0
    threads: Annotated[int, Field(ge=1, le=1024)] = 1
    device: Literal["cpu", "cuda"] = "cpu"
    save_every: Count = 100
    data: Annotated[SyntheticData | VideoData, Field(discriminator="kind")]
    sizes: AnySizes = Sizes()
    start: Start = Start()
    stages: Annotated[tuple[AnyStage, ...], Field(min_length=1)]

    @property
    def end_to_end(self) -> bool:
        """Whether everything is trained together, and nothing part by part."""
        return all(isinstance(stage, EndToEndStage) for stage in self.stages)

    @property
    def draws_frames(self) -> bool:
        """Whether training draws frames and crops, and needs more than what is seen at once."""
        return self.end_to_end or any(
            isinstance(stage, Augmented | SamplerStage) and stage.augment for stage in self.stages
        )

    @model_validator(mode="after")
    def _fits_sampler(self) -> "TrainConfig":
        own = [isinstance(stage, SamplerStage) for stage in self.stages]
        if isinstance(self.sizes, SamplerSizes) and not all(own):
            raise ValueError("ocsampler is trained by the stages 'subsets', 'skim' and 'choice' alone")
        if not isinstance(self.sizes, SamplerSizes) and any(own):
            raise ValueError(f"the stage '{self.stages[own.index(True)].kind}' trains ocsampler alone")
        return self

    @model_validator(mode="after")
    def _fits(self) -> "TrainConfig":
        system = self.sizes.system
        if not self.end_to_end and system not in (*STAGED, "ocsampler"):
            raise ValueError(f"{system} is trained by the stage 'end_to_end' alone")
        whole = any(isinstance(stage, EndToEndStage) for stage in self.stages)
        if whole and isinstance(self.sizes, V1Sizes | V1TsmSizes):
            raise ValueError(f"the stage 'end_to_end' does not train {system}")
        if isinstance(self.data, VideoData) and self.data.choices > 1 and not self.draws_frames:
            raise ValueError("'choices' of frames are for stages that draw them: 'augment' is off")
        keeps = any(isinstance(stage, KeepStage) for stage in self.stages)
        if keeps and not isinstance(self.sizes, PlusSizes):
            raise ValueError("the stage 'keep' is for the system 'adafocus-plus' alone")
        glances = any(isinstance(stage, GlanceStage) for stage in self.stages)
        if glances and not (isinstance(self.sizes, Sizes) and self.sizes.glance is None):
            raise ValueError("the stage 'glance' trains small ResNet-50 glance networks alone")
        return self


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
        where = "".join(f"{part}: " for part in [".".join(map(str, first["loc"]))] if part)
        raise ConfigError(f"{path}: {where}{first['msg']}") from error
    here = path.parent
    data = config.data
    if isinstance(data, VideoData):
        data = data.model_copy(update={"folder": here / data.folder})
    start = {name: here / file for name, file in config.start if file is not None}
    return config.model_copy(
        update={
            "out": here / config.out,
            "cache": here / config.cache,
            "data": data,
            "start": Start.model_validate(start),
        }
    )
