from pathlib import Path

import pytest
import torch
from torch import nn

from foveate.errors import CheckpointError
from models.published import (
    acting,
    arrange,
    check_side,
    check_stacked,
    filled,
    incomplete,
    one_of,
    outline,
    parallel_entries,
    refuse_other,
    take,
    under,
)
from models.seeded import shapes_of
from tests.models.small_networks import noise, seeded

PATH = Path("file.pth")


class Stack(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stack = nn.Parameter(torch.zeros(3, 2, 4))
        self.norm = nn.BatchNorm1d(4)


def names(name: str) -> str | list[str]:
    return [f"layers.{step}.weight" for step in range(3)] if name == "stack" else f"net.{name}"


def test_arranged_entries_are_taken_back() -> None:
    network = seeded(Stack())
    file = arrange(network.state_dict(), names)
    assert file["layers.1.weight"].shape == (2, 4)
    found, left = acting(file, ())
    assert left == ["net.norm.num_batches_tracked"]
    state = take(outline(Stack), found, names, "state_dict", PATH)
    assert shapes_of(state) == shapes_of(network.state_dict())
    again = filled(Stack, state)
    assert torch.equal(again.stack, network.stack)
    assert again.norm.running_var is not None
    assert again.norm.running_var.device.type == "cpu"
    assert not again.training


def test_a_part_of_a_stack_that_is_missing_is_named() -> None:
    found, _ = acting(arrange(seeded(Stack()).state_dict(), names), ())
    del found["layers.2.weight"]
    with pytest.raises(CheckpointError, match=r"lacks layers\.2\.weight"):
        take(outline(Stack), found, names, "state_dict", PATH)


def test_entries_that_do_not_act_are_left_out_and_named() -> None:
    state = {"a.weight": noise(2).half(), "b.weight": noise(1), "a.num_batches_tracked": torch.tensor(3)}
    found, left = acting(state, ("b.",))
    assert found.keys() == {"a.weight"}
    assert found["a.weight"].dtype == torch.float32
    assert left == ["b.weight", "a.num_batches_tracked"]


def test_the_prefix_of_several_devices_is_taken_off() -> None:
    content = {"state_dict": {"module.a.weight": noise(2), "module.b.weight": noise(1)}}
    found, left = parallel_entries(content, ("b.",), PATH)
    assert found.keys() == {"a.weight"}
    assert left == ["state_dict.module.b.weight"]


def test_entries_under_a_prefix() -> None:
    assert under({"a.b": 1, "ab": 2}, "a.") == {"b": 1}


@pytest.mark.parametrize(
    ("names", "likely"),
    [
        (["module.spatial_policy.encoder.0.weight"], "Uni-AdaFocus"),
        (["sampler.conv1.weight", "cls_head.fc.weight"], "OCSampler"),
    ],
)
def test_another_system_is_named(names: list[str], likely: str) -> None:
    other = {"state_dict": dict.fromkeys(names, noise(1))}
    with pytest.raises(CheckpointError, match=f"not of AdaFocusV2; by its entries it is of {likely}"):
        refuse_other(other, "AdaFocusV2", PATH)


def test_an_unknown_layout_is_let_through() -> None:
    refuse_other({"epoch": 1}, "AdaFocusV2", PATH)


def test_sizes_that_do_not_fit_are_refused() -> None:
    check_side(32, 224)
    check_side(224, 224)
    for side in (31, 225):
        with pytest.raises(CheckpointError, match="between 32 and 224"):
            check_side(side, 224)
    check_stacked(64, 16)
    for stacked in (0, 63):
        with pytest.raises(ValueError, match="first layer"):
            check_stacked(stacked, 16)
    with pytest.raises(CheckpointError, match=r"places in file\.pth is 3; published: 4, 9"):
        one_of(3, (4, 9), "places", PATH)
    assert "x.weight is missing" in str(incomplete(PATH, "AdaFocusV2", KeyError("x.weight")))
