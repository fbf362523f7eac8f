import pytest
import torch

from foveate.device.arena import Arena, whole_rows
from foveate.device.protocol import Part
from foveate.engine.messages import Stage
from foveate.engine.plan import BundlePlan
from foveate.errors import OverloadedError
from tests.device.fake import FakeDevice, FreedError
from tests.engine import systems


def arena(name: str, rows: int = 3) -> tuple[FakeDevice, Arena]:
    device = FakeDevice()
    return device, Arena(device, BundlePlan.of(systems.ALL[name]()), rows, device.stream())


def test_only_what_a_network_reads_is_kept() -> None:
    _, uni = arena("uni-tsm")
    assert set(uni.features) == {
        (Stage.GLANCE, "map"),
        (Stage.GLANCE, "logits"),
        (Stage.GLANCE, "early"),
        (Stage.FOCUS, "logits"),
    }
    assert uni.features[Stage.GLANCE, "map"].buffer.tensor.shape == (4 * 8, 8)
    assert uni.features[Stage.FOCUS, "logits"].buffer.tensor.shape == (4, 5)
    assert uni.states == {}
    _, recurrent = arena("recurrent")
    assert set(recurrent.states) == {(Stage.POLICY, "policy"), (Stage.CLASSIFY, "classifier")}
    assert recurrent.features[Stage.FOCUS, "vector"].buffer.tensor.shape == (4 * 16, 4)
    assert recurrent.rectangles.buffer.tensor.shape == (4 * 16, 4)


def test_rows_are_zeros_for_whoever_waits() -> None:
    device, kept = arena("recurrent")
    stream = device.stream()
    (row,) = kept.take(1)
    array = kept.features[Stage.GLANCE, "map"]
    kept.ready(stream)
    stream.launch(lambda: array.buffer.tensor.fill_(5), (), [array.part(array.of_row(row))])
    stream.synchronize()
    kept.give_back([row])
    assert kept.take(1) == (row,)
    kept.ready(stream)
    seen: list[torch.Tensor] = []
    stream.launch(
        lambda: seen.append(whole_rows(array, torch.tensor([row]))), [array.part(array.of_row(row))]
    )
    stream.synchronize()
    assert seen[0].shape == (1, 16, 8)
    assert not seen[0].any()


def test_rows_are_taken_all_or_none() -> None:
    _, kept = arena("dense")
    kept.take(2)
    with pytest.raises(OverloadedError, match="no room for another video"):
        kept.take(2)
    assert len(kept.take(1)) == 1


def test_memory_is_given_back() -> None:
    device, kept = arena("dense")
    kept.free()
    with pytest.raises(FreedError):
        device.stream().launch(lambda: None, [Part(kept.rectangles.buffer)])
