"""The stages of the original AdaFocus: killed in the middle of each, a run ends in the same weights."""

from pathlib import Path

import pytest
import torch

from tests.training.forms.nets import network
from tests.training.forms.runs import STAGES, train, whole

KILLS = [
    (system, number)
    for system, stages in STAGES.items()
    for number in range(len(stages))
    if system == "adafocus-plus" or (system == "adafocus-tsm" and number in (0, 3))
]
# A state that was set to sum up change is not set anew, nor forgotten.
KILLS.append(("adafocus large frames", 1))


@pytest.mark.parametrize(("system", "stage"), KILLS, ids=[f"{system}-{number}" for system, number in KILLS])
def test_a_run_that_was_killed_ends_in_the_same_weights(system: str, stage: int, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(system, tmp_path, (stage, 1))
    found = train(system, tmp_path).state_dict()
    for name, value in whole(system).state_dict().items():
        assert torch.equal(found[name], value), name


@pytest.mark.parametrize("system", STAGES)
def test_every_part_has_learned_in_the_end(system: str) -> None:
    before = network(system, 1).state_dict()
    moved = [
        name for name, value in whole(system).state_dict().items() if not torch.equal(value, before[name])
    ]
    for part in ("glance", "policy", "focus", "focus.fc" if "tsm" in system else "classifier"):
        assert any(name.removeprefix("base.").startswith(part) for name in moved), part
    assert any(name.startswith("keep") for name in moved) == (system == "adafocus-plus")
