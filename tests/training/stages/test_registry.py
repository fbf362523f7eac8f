from pathlib import Path

import pytest

from foveate.errors import ConfigError
from tests.training.end_to_end.tiny import stage, task
from tests.training.forms.nets import staged
from tests.training.ocsampler.tiny import choice
from tests.training.ocsampler.tiny import task as sampler_task
from tests.training.parts import STAGES, context
from training.config import KeepStage, WholeStage
from training.end_to_end.run import EndToEndRun
from training.ocsampler.choice import ChoiceRun
from training.stages.backbones import FocusRun, GlanceRun
from training.stages.classifier import ClassifierRun
from training.stages.keep import KeepRun
from training.stages.places import PlacesRun
from training.stages.policy import PolicyRun
from training.stages.random_patches import RandomRun
from training.stages.registry import stage_run
from training.stages.whole import WholeRun


def test_every_kind_of_stage_is_run_by_its_own(tmp_path: Path) -> None:
    runs = [type(stage_run(stage, context(tmp_path))) for stage in STAGES]
    places = PlacesRun, PlacesRun
    assert runs == [GlanceRun, FocusRun, RandomRun, *places, PolicyRun, ClassifierRun, EndToEndRun]


def test_any_network_may_be_trained_end_to_end_and_one_by_the_stages(tmp_path: Path) -> None:
    assert type(stage_run(stage(), task(tmp_path, "uni-adafocus"))) is EndToEndRun
    whole = WholeStage(kind="whole", network="focus", epochs=1, rate=0.1)
    assert type(stage_run(whole, staged(tmp_path, "adafocus-tsm"))) is WholeRun
    keep = KeepStage(kind="keep", epochs=1, rate=0.1)
    assert type(stage_run(keep, staged(tmp_path, "adafocus-plus"))) is KeepRun
    with pytest.raises(ConfigError, match="'glance' trains no UniAdaFocus"):
        stage_run(STAGES[0], task(tmp_path, "uni-adafocus"))


def test_ocsampler_has_stages_of_its_own(tmp_path: Path) -> None:
    assert type(stage_run(choice(), sampler_task(tmp_path))) is ChoiceRun
    with pytest.raises(ConfigError, match="trains no AdaFocusV2"):
        stage_run(choice(), context(tmp_path))
    with pytest.raises(ConfigError, match="'glance' trains no OCSampler"):
        stage_run(STAGES[0], sampler_task(tmp_path))
