import pytest
from pydantic import ValidationError

from tests.training.end_to_end.tiny import stage


def test_what_is_not_said_is_as_published() -> None:
    said = stage()
    assert said.augment
    assert said.flip
    assert said.scales == (1.0, 0.875, 0.75, 0.66)
    assert (said.schedule, said.dropout, said.clip, said.policy_factor) == ("cosine", None, None, None)


@pytest.mark.parametrize("said", [{"dropout": 1.5}, {"scales": ()}, {"policy_factor": 0}, {"clip": -1}])
def test_what_makes_no_sense_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        stage(**said)
