"""Which of OCSampler's stages is run by what."""

from training.ocsampler.choice import ChoiceRun
from training.ocsampler.config import ChoiceStage, SamplerStage, SkimStage, SubsetsStage
from training.ocsampler.run import SamplerRun
from training.ocsampler.skim import SkimRun
from training.ocsampler.subsets import SubsetsRun
from training.stages.base import Task


def sampler_run(stage: SamplerStage, task: Task) -> SamplerRun:
    """A stage, ready to begin.

    Raises:
        ConfigError: the network is of another system, or the stage does not fit it.
    """
    if isinstance(stage, SubsetsStage):
        return SubsetsRun(task, stage)
    if isinstance(stage, SkimStage):
        return SkimRun(task, stage)
    assert isinstance(stage, ChoiceStage)
    return ChoiceRun(task, stage)
