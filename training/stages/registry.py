"""Which stage is run by what."""

from foveate.errors import ConfigError
from training.config import AnyStage, KeepStage, PolicyStage, RandomStage, WholeStage
from training.end_to_end.config import EndToEndStage
from training.end_to_end.run import EndToEndRun
from training.ocsampler.config import SamplerStage
from training.ocsampler.registry import sampler_run
from training.stages.backbones import FocusRun, GlanceRun
from training.stages.base import Context, Run, Task
from training.stages.change import ChangeRun
from training.stages.classifier import ClassifierRun
from training.stages.keep import KeepRun
from training.stages.places import PlacesRun
from training.stages.policy import PolicyRun
from training.stages.random_patches import RandomRun
from training.stages.whole import WholeRun
from training.taught import FocusStage, GlanceStage, PlacesStage


def stage_run(stage: AnyStage, context: Task) -> Run:
    """A stage of the configuration, ready to begin.

    Raises:
        ConfigError: the system is not trained by this stage.
    """
    if isinstance(stage, EndToEndStage):
        return EndToEndRun(context, stage)
    if isinstance(stage, SamplerStage):
        return sampler_run(stage, context)
    if not isinstance(context, Context):
        raise ConfigError(f"the stage '{stage.kind}' trains no {type(context.network).__name__}")
    if isinstance(stage, WholeStage):
        return WholeRun(context, stage)
    if isinstance(stage, GlanceStage):
        return GlanceRun(context, stage)
    if isinstance(stage, FocusStage):
        return FocusRun(context, stage)
    if isinstance(stage, RandomStage):
        return RandomRun(context, stage)
    if isinstance(stage, PlacesStage):
        return PlacesRun(context, stage)
    if isinstance(stage, PolicyStage):
        return PolicyRun(context, stage)
    if isinstance(stage, KeepStage):
        return KeepRun(context, stage)
    return ChangeRun(context, stage) if stage.embedding == "change" else ClassifierRun(context, stage)
