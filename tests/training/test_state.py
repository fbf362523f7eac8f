from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from training.errors import TrainingError
from training.state import STATE, load_state, save_state


def run(name: str) -> Callable[[int, int], str]:
    return lambda stage, step: f"{name} {stage} {step}"


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    save_state(tmp_path / "run", {"run": "a 1 3", "stage": 1, "step": 3, "network": {"w": torch.ones(2)}})
    found = load_state(tmp_path / "run", run("a"))
    assert found is not None
    assert found["step"] == 3
    assert torch.equal(found["network"]["w"], torch.ones(2))


def test_nothing_saved_is_nothing_loaded(tmp_path: Path) -> None:
    assert load_state(tmp_path, run("a")) is None


def test_a_kill_while_saving_leaves_the_state_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_state(tmp_path, {"run": "a 0 1", "stage": 0, "step": 1, "network": {}})

    def half(state: object, file: "object") -> None:
        file.write(b"half of it")  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(KeyboardInterrupt):
        save_state(tmp_path, {"run": "a 0 2", "stage": 0, "step": 2, "network": {}})
    found = load_state(tmp_path, run("a"))
    assert found is not None
    assert found["step"] == 1


def test_another_run_is_refused(tmp_path: Path) -> None:
    save_state(tmp_path, {"run": "a 0 0", "stage": 0, "step": 0, "network": {}})
    with pytest.raises(TrainingError, match=STATE):
        load_state(tmp_path, run("b"))


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_a_state_that_was_cut_short_is_refused(tmp_path: Path, cut: int) -> None:
    save_state(tmp_path, {"run": "a 0 1", "stage": 0, "step": 1, "network": {"w": torch.ones(2)}})
    whole = (tmp_path / STATE).read_bytes()
    (tmp_path / STATE).write_bytes(whole[:cut])
    with pytest.raises(TrainingError, match=rf"{STATE} is damaged.*delete it to start again"):
        load_state(tmp_path, run("a"))


@pytest.mark.parametrize(
    "content",
    [
        [1, 2],
        {"run": "a 0 1"},
        {"run": "a 0 1", "stage": "0", "step": 1, "network": {}},
        {"run": "a 0 1", "stage": 0, "step": 1},
    ],
)
def test_what_is_no_state_is_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / STATE)
    with pytest.raises(TrainingError, match=f"{STATE} .*delete it to start again"):
        load_state(tmp_path, run("a"))
