from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from training.logs import Log


def test_scalars_are_there_for_tensorboard(tmp_path: Path) -> None:
    log = Log(tmp_path, quiet=True)
    for step in log.steps(1, "policy", 2, 4):
        log.scalars(1, "policy", step, {"loss": float(step)})
    log.close()
    found = EventAccumulator(str(tmp_path)).Reload().Scalars("2-policy/loss")
    assert [(event.step, event.value) for event in found] == [(2, 2.0), (3, 3.0)]


def test_a_bar_shows_how_far_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(tmp_path)
    assert list(log.steps(0, "glance", 1, 3)) == [1, 2]
    assert list(log.watch("decode")(range(2))) == [0, 1]
    log.close()
    said = capsys.readouterr().err
    assert "1 glance" in said
    assert "decode" in said


def test_a_quiet_one_shows_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(tmp_path, quiet=True)
    assert list(log.steps(0, "glance", 0, 2)) == [0, 1]
    log.close()
    assert capsys.readouterr().err == ""
