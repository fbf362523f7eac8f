"""Which stage is run by what."""

from training.config import AnyStage, EndToEndStage, FocusStage, GlanceStage, PolicyStage, RandomStage
from training.stages.backbones import FocusRun, GlanceRun
from training.stages.base import Context, StageRun
from training.stages.classifier import ClassifierRun
from training.stages.end_to_end import EndToEndRun
from training.stages.policy import PolicyRun
from training.stages.random_patches import RandomRun


def stage_run(stage: AnyStage, context: Context) -> StageRun:
    """A stage of the configuration, ready to begin."""
    if isinstance(stage, GlanceStage):
        return GlanceRun(context, stage)
    if isinstance(stage, FocusStage):
        return FocusRun(context, stage)
    if isinstance(stage, RandomStage):
        return RandomRun(context, stage)
    if isinstance(stage, PolicyStage):
        return PolicyRun(context, stage)
    if isinstance(stage, EndToEndStage):
        return EndToEndRun(context, stage)
    return ClassifierRun(context, stage)
