from pathlib import Path

from tests.training.parts import STAGES, context
from training.stages.backbones import FocusRun, GlanceRun
from training.stages.classifier import ClassifierRun
from training.stages.end_to_end import EndToEndRun
from training.stages.policy import PolicyRun
from training.stages.random_patches import RandomRun
from training.stages.registry import stage_run


def test_every_kind_of_stage_is_run_by_its_own(tmp_path: Path) -> None:
    runs = [type(stage_run(stage, context(tmp_path))) for stage in STAGES]
    assert runs == [GlanceRun, FocusRun, RandomRun, PolicyRun, ClassifierRun, EndToEndRun]
