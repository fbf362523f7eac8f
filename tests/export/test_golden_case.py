from typing import Any

from export.golden import GoldenSet
from export.golden_case import every_frame, patch_of


def test_choices_come_from_the_set() -> None:
    spec: dict[str, Any] = {"config": {"patch_size": 80}, "input": {"shape": [1, 5, 96, 96, 3]}}
    golden = GoldenSet(spec, {}, lambda name, shape: None, lambda seed, shape: None)  # type: ignore[arg-type, return-value]
    assert patch_of(golden) == 80
    assert every_frame(golden) == [0, 1, 2, 3, 4]
