import pytest
import torch

from export.count import multiply_adds
from export.count_module import module_multiply_adds
from tests.export.conftest import Exported
from tests.export.drafts import full_size, small_drafts


@pytest.mark.parametrize(
    ("which", "system"), [("small", "adafocus"), ("small_tsm", "tsm"), ("small_v2", "v2")]
)
def test_a_module_counts_as_its_graph(which: str, system: str, request: pytest.FixtureRequest) -> None:
    exported: Exported = request.getfixturevalue(which)
    for spec in small_drafts()[system].specs:
        assert module_multiply_adds(spec) == multiply_adds(exported.bundle.folder / spec.file), spec.file


def test_another_size_of_input() -> None:
    focus = next(spec for spec in full_size("v2", 96).specs if spec.network == "focus")
    assert module_multiply_adds(focus) == pytest.approx(0.751e9, rel=0.005)
    assert module_multiply_adds(focus, {"pixels": (3, 224, 224)}) == pytest.approx(4.087e9, rel=0.005)


def test_weights_stay_where_they_are() -> None:
    spec = small_drafts()["adafocus"].specs[0]
    module_multiply_adds(spec)
    assert all(p.device == torch.device("cpu") for p in spec.module.parameters())
