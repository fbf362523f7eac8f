from pathlib import Path

from tests.training.ocsampler.tiny import choice, skim, subsets, task
from training.ocsampler.choice import ChoiceRun
from training.ocsampler.registry import sampler_run
from training.ocsampler.skim import SkimRun
from training.ocsampler.subsets import SubsetsRun


def test_every_kind_of_stage_is_run_by_its_own(tmp_path: Path) -> None:
    runs = [type(sampler_run(stage, task(tmp_path))) for stage in (subsets(), skim(), choice())]
    assert runs == [SubsetsRun, SkimRun, ChoiceRun]
