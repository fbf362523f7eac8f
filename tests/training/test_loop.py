from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.training.parts import STAGES, Recorder, config, context, network, noise
from training.config import ClassifierStage, TrainConfig
from training.errors import TrainingError
from training.loop import Loop, run_digest, total_steps
from training.taught import GlanceStage

KILLS = [*((stage, 2) for stage in range(len(STAGES))), (3, 0)]


_ALL = "glance.,focus.,policy.,classifier.,global_head.,local_head."


def train(
    run: TrainConfig, folder: Path, kill: tuple[int, int] | None = None
) -> tuple[dict[str, Tensor], Recorder]:
    log = Recorder(run.out / "log", kill)
    place = context(folder, network(run.seed))
    try:
        Loop(run, place, log).train()
    finally:
        log.close()
    return place.network.state_dict(), log


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tensor]:
    folder = tmp_path_factory.mktemp("whole")
    return train(config(folder), folder)[0]


@pytest.mark.parametrize("kill", KILLS, ids=[f"{s}-{STAGES[s].kind}-{step}" for s, step in KILLS])
def test_a_run_that_was_killed_ends_in_the_same_weights_bit_for_bit(
    kill: tuple[int, int], whole: dict[str, Tensor], tmp_path: Path
) -> None:
    run = config(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        train(run, tmp_path, kill)
    torch.manual_seed(99)  # What a new process finds there must not matter.
    state, log = train(run, tmp_path)
    assert (log.seen[0][0], log.seen[0][1]) == (kill[0], kill[1] // 2 * 2)
    assert state.keys() == whole.keys()
    for name, value in whole.items():
        assert torch.equal(state[name], value), name


def test_another_seed_gives_other_weights(whole: dict[str, Tensor], tmp_path: Path) -> None:
    state, _ = train(config(tmp_path, seed=4), tmp_path)
    assert not torch.equal(state["focus.conv1.weight"], whole["focus.conv1.weight"])


def test_a_finished_run_is_not_run_again(tmp_path: Path) -> None:
    run = config(tmp_path, STAGES[0])
    first, _ = train(run, tmp_path)
    again, log = train(run, tmp_path)
    assert log.seen == []
    assert all(torch.equal(again[name], value) for name, value in first.items())


def test_a_state_of_another_configuration_is_refused(tmp_path: Path) -> None:
    train(config(tmp_path, STAGES[0]), tmp_path)
    with pytest.raises(TrainingError, match="another configuration"):
        train(config(tmp_path, STAGES[0], seed=9), tmp_path)


def test_a_stage_trains_its_own_and_nothing_else(tmp_path: Path) -> None:
    policy = ("policy.",) * 3
    trained = ("glance.", "focus.", "focus.,classifier.", *policy, "classifier.", _ALL)
    for number, (stage, wanted) in enumerate(zip(STAGES, trained, strict=True)):
        folder = tmp_path / str(number)
        before = {name: value.clone() for name, value in network(3).state_dict().items()}
        after, _ = train(config(folder, stage), folder)
        changed = {name.split(".")[0] + "." for name in before if not torch.equal(before[name], after[name])}
        assert changed == set(wanted.split(",")), stage.kind


def test_the_rate_falls_along_half_a_cosine_and_losses_are_logged(tmp_path: Path) -> None:
    _, log = train(config(tmp_path, STAGES[0]), tmp_path)
    assert [step for _, step, _ in log.seen] == [0, 1, 2]
    assert {"loss", "accuracy", "place", "early"} == set(log.seen[0][2])
    assert list((tmp_path / "run" / "log").glob("events.*"))


def test_a_loss_that_is_no_number_ends_the_run(tmp_path: Path) -> None:
    stage = GlanceStage(kind="glance", epochs=40, batch=4, rate=1e30)
    with pytest.raises(TrainingError, match="loss of stage 1, step"):
        train(config(tmp_path, stage), tmp_path)


def test_training_makes_the_loss_small(tmp_path: Path) -> None:
    stage = ClassifierStage(kind="classifier", epochs=60, batch=12, rate=0.01, optimizer="adam")
    _, log = train(config(tmp_path, stage), tmp_path)
    assert log.seen[-1][2]["loss"] < 0.6 * log.seen[0][2]["loss"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_every_stage_runs_in_mixed_precision(tmp_path: Path) -> None:
    device = torch.device("cuda")
    place = replace(context(tmp_path), device=device)
    place.network.to(device)
    log = Recorder(tmp_path / "log")
    Loop(config(tmp_path).model_copy(update={"device": "cuda"}), place, log).train()
    assert {number for number, _, _ in log.seen} == set(range(len(STAGES)))
    assert all(value.isfinite().all() for value in place.network.state_dict().values())


def test_steps_and_digest() -> None:
    assert total_steps(STAGES[0], 13) == 3
    assert total_steps(STAGES[0], 3) == 1
    here, there = config(Path("a")), config(Path("b"), save_every=7)
    assert run_digest(here, 2, 1) == run_digest(there, 2, 1)
    assert run_digest(here, 2, 1) != run_digest(config(Path("a"), seed=8), 2, 1)
    assert len(noise()) == 12


def test_stages_that_have_not_begun_may_become_others(tmp_path: Path) -> None:
    wanted, _ = train(config(tmp_path / "whole", *STAGES[:3]), tmp_path / "whole")
    train(config(tmp_path, STAGES[0], STAGES[1]), tmp_path)
    found, log = train(config(tmp_path, *STAGES[:3]), tmp_path)
    assert {stage for stage, _, _ in log.seen} == {2}
    assert all(torch.equal(found[name], value) for name, value in wanted.items())
