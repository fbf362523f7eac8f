from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.training.ocsampler.tiny import SIZES, choice, subsets
from tests.training.parts import STAGES, config
from training.config import TrainConfig, VideoData
from training.ocsampler.config import ChoiceStage


def of(base: TrainConfig, **said: object) -> TrainConfig:
    return TrainConfig.model_validate(dict(base) | said)


def test_the_policy_gradient_is_the_published_one_where_nothing_is_said() -> None:
    stage = ChoiceStage(kind="choice")
    assert (stage.epochs, stage.batch, stage.rate, stage.decay, stage.clip) == (50, 320, 0.005, 1e-4, 40)
    assert (stage.optimizer, stage.reward, stage.entropy) == ("sgd", "largest", 0)
    assert stage.augment
    assert stage.flip


def test_stages_and_system_belong_together(tmp_path: Path) -> None:
    base = config(tmp_path)
    assert not of(base, sizes=SIZES, stages=(choice(),)).end_to_end
    with pytest.raises(ValidationError, match="by the stages 'subsets', 'skim' and 'choice' alone"):
        of(base, sizes=SIZES)
    with pytest.raises(ValidationError, match="by the stages 'subsets', 'skim' and 'choice' alone"):
        of(base, sizes=SIZES, stages=(STAGES[-1],))
    with pytest.raises(ValidationError, match="the stage 'subsets' trains ocsampler alone"):
        of(base, stages=(STAGES[0], subsets()))


def test_choices_of_frames_need_a_stage_that_draws(tmp_path: Path) -> None:
    base = of(config(tmp_path), sizes=SIZES, stages=(choice(),))
    video = VideoData(kind="videos", folder=base.out, choices=3)
    with pytest.raises(ValidationError, match="'choices'"):
        of(base, data=video)
    drawn = of(base, data=video, stages=(choice(), subsets(augment=True)))
    assert drawn.draws_frames
    assert not base.draws_frames
