"""Convolutions with what is around them, as they run on a CPU and, in Triton's interpreter, on a GPU."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from foveate.device import convolution
from foveate.device.convolution import (
    LAYOUTS,
    Call,
    Way,
    compute,
    convolve,
    kernel_of,
    laid_out,
    symmetric,
    way_of,
)
from foveate.device.temporal_shift import Shift, temporal_shift
from tests.device.kernels.kinds import Interpreted
from tests.device.kernels.on_cpu import run_kernels


@pytest.fixture(params=["cpu", "kernels", "cuda"])
def where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> torch.device:
    """Where convolutions run: as on a CPU, there with the kernels of a GPU, and on a GPU."""
    kind = str(request.param)
    if kind == "cuda":
        if not torch.cuda.is_available():
            pytest.skip("there is no GPU here")
        monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
        return torch.device("cuda")
    if kind == "kernels":
        interpreted: Interpreted = request.getfixturevalue("interpreted")
        run_kernels(interpreted, monkeypatch)
    return torch.device("cpu")


def drawn(*shape: int) -> Tensor:
    made = torch.randn(shape, generator=torch.Generator().manual_seed(len(shape)))
    return made.contiguous(memory_format=LAYOUTS[len(shape)]) if len(shape) in LAYOUTS else made


CASES: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((2, 6, 7, 5), (8, 6, 3, 3), {"pads": [1, 1, 1, 1], "strides": [2, 2]}),
    ((2, 6, 7, 5), (6, 1, 3, 3), {"pads": [1, 1, 1, 1], "group": 6, "strides": [2, 1]}),
    ((2, 6, 7, 5), (6, 1, 3, 3), {"pads": [0, 0, 2, 2], "group": 6}),
    ((2, 6, 7, 5), (6, 1, 3, 3), {"dilations": [2, 2], "group": 6}),
    ((2, 6, 7, 5), (12, 1, 1, 1), {"group": 6}),
    ((1, 4, 3, 5, 6), (4, 1, 3, 3, 3), {"pads": [1] * 6, "group": 4, "strides": [1, 2, 2]}),
    ((1, 4, 3, 5, 6), (8, 4, 1, 1, 1), {}),
    ((2, 6, 9), (4, 6, 3), {"pads": [1, 1]}),
]


@pytest.mark.parametrize(("shape", "sides", "attributes"), CASES)
@pytest.mark.parametrize("ends", [{}, {"low": 0.0}, {"low": 0.0, "high": 1.0}])
@pytest.mark.parametrize("kind", ["bias", "residual", "both"])
def test_what_follows_is_part_of_it(
    where: torch.device,
    shape: tuple[int, ...],
    sides: tuple[int, ...],
    attributes: dict[str, Any],
    ends: dict[str, float],
    kind: str,
) -> None:
    value, weight, bias = drawn(*shape), drawn(*sides), torch.linspace(-1, 1, sides[0])
    half = len(sides) - 2
    pads = attributes.get("pads", [0] * 2 * half)
    around = [side for axis in reversed(range(half)) for side in (pads[axis], pads[axis + half])]
    plain = {3: functional.conv1d, 4: functional.conv2d, 5: functional.conv3d}[len(sides)](
        functional.pad(value, around),
        weight,
        bias if kind != "residual" else None,
        attributes.get("strides", [1] * half),
        0,
        attributes.get("dilations", [1] * half),
        attributes.get("group", 1),
    )
    residual = drawn(*plain.shape) if kind != "bias" else None
    wanted = plain if residual is None else plain + residual
    wanted = wanted.clamp(ends.get("low"), ends.get("high")) if ends else wanted
    inputs = [value, weight, bias if kind != "residual" else None, residual]
    found = convolve([None if one is None else one.to(where) for one in inputs], attributes | ends)
    torch.testing.assert_close(found.cpu(), wanted, rtol=1e-5, atol=1e-5)


def test_a_residual_of_another_shape_or_layout_is_added_as_usual(where: torch.device) -> None:
    value, weight = drawn(2, 4, 5, 5), drawn(4, 4, 1, 1)
    plain = functional.conv2d(value, weight)
    for residual in drawn(2, 4, 1, 1), drawn(2, 4, 5, 5).contiguous():
        given = [value.to(where), weight.to(where), None, residual.to(where)]
        found = convolve(given, {"low": 0.0})
        torch.testing.assert_close(found.cpu(), (plain + residual).relu(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("sides", [(6, 1, 3, 3), (6, 1, 3, 3, 3), (8, 6, 3, 3), (8, 6, 1, 1, 1)])
def test_a_weight_that_is_laid_out_is_the_same_and_is_not_turned_again(
    sides: tuple[int, ...], interpreted: Interpreted, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = torch.randn(sides)
    weight = laid_out(plain)
    assert torch.equal(weight, plain)
    if sides[1] > 1:
        assert weight.is_contiguous(memory_format=LAYOUTS[len(sides)])
        return
    taken: list[Tensor] = []
    kernel = interpreted("depthwise")
    monkeypatch.setattr(kernel, "depthwise", lambda value, weight, *more: taken.append(weight))
    monkeypatch.setattr(convolution, "_can_finish", lambda value: True)
    pads = [1] * 2 * (len(sides) - 2)
    convolve([drawn(1, 6, *[5] * (len(sides) - 2)), weight], {"pads": pads, "group": 6})
    assert taken[0].data_ptr() == weight.data_ptr()
    assert taken[0].is_contiguous()


def test_what_was_there_before_is_not_changed(where: torch.device) -> None:
    made = drawn(2, 4, 5, 5), drawn(4, 4, 1, 1), torch.ones(4), drawn(2, 4, 5, 5)
    value, weight, bias, residual = (one.to(where) for one in made)
    before = [one.clone() for one in (value, weight, bias, residual)]
    convolve([value, weight, bias, residual], {"low": 0.0, "high": 6.0})
    for one, other in zip((value, weight, bias, residual), before, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("shape", "channels", "attributes", "by_product"),
    [
        ((2, 32, 7, 5), 48, {}, True),
        ((1, 16, 3, 5, 6), 64, {}, True),
        ((2, 24, 7, 5), 40, {}, True),
        # No multiple of eight channels, too many, a stride, and a residual of another layout.
        ((2, 32, 7, 5), 20, {}, False),
        ((1, 1024, 2, 2), 1024, {}, False),
        ((2, 32, 7, 5), 48, {"strides": [2, 2]}, False),
        ((2, 32, 7, 5), 48, {"residual": "contiguous"}, False),
    ],
)
def test_one_pixel_in_half_precision(
    where: torch.device,
    shape: tuple[int, ...],
    channels: int,
    attributes: dict[str, Any],
    by_product: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    value = drawn(*shape).half()
    weight = (drawn(channels, shape[1], *[1] * (len(shape) - 2)) / shape[1] ** 0.5).half()
    bias, strides = torch.linspace(-1, 1, channels).half(), attributes.get("strides", [1] * (len(shape) - 2))
    convolve_in_full = {4: functional.conv2d, 5: functional.conv3d}[len(shape)]
    plain = convolve_in_full(value.float(), weight.float(), bias.float(), strides)
    residual = drawn(*plain.shape).half()
    residual = residual.contiguous() if "residual" in attributes else residual
    made: list[Tensor] = []
    product = convolution._pointwise

    def watched(*given: Any) -> Tensor:
        made.append(product(*given))
        return made[-1]

    monkeypatch.setattr(convolution, "_pointwise", watched)
    given = [one.to(where) for one in (value, weight, bias, residual)]
    found = convolve(given, {"strides": strides, "low": 0.0})
    wanted = (plain + residual.float()).relu()
    torch.testing.assert_close(found.float().cpu(), wanted, rtol=2e-3, atol=8e-3)
    kernels = where.type == "cuda" or convolution._can_finish(value)
    assert bool(made) is (by_product and kernels)


@pytest.mark.parametrize(
    ("sides", "attributes", "kernel", "taken"),
    [
        ((32, 1, 3, 3), {"pads": [0, 0, 1, 1], "group": 32}, Way.DEPTHWISE, Way.DEPTHWISE),
        ((48, 32, 1, 1), {}, Way.POINTWISE, Way.POINTWISE),
        # So many channels that it waits for its products and not for memory.
        ((1024, 512, 1, 1), {}, Way.POINTWISE, Way.TORCH),
        ((32, 32, 3, 3), {}, None, Way.TORCH),
        ((20, 32, 1, 1), {}, None, Way.TORCH),
    ],
)
def test_each_way_that_there_is_gives_the_same(
    where: torch.device,
    sides: tuple[int, ...],
    attributes: dict[str, Any],
    kernel: Way | None,
    taken: Way,
) -> None:
    channels = sides[1] * attributes.get("group", 1)
    inputs = [drawn(1, channels, 4, 5), drawn(*sides) / math.prod(sides[1:]) ** 0.5, torch.ones(sides[0])]
    call = Call.of([one.half().to(where) for one in inputs], {**attributes, "low": 0.0})
    if where.type == "cpu" and not convolution._can_finish(call.value):
        kernel, taken = None, Way.TORCH
    assert (kernel_of(call), way_of(call)) == (kernel, taken)
    one, other = (compute(call, way).float().cpu() for way in (Way.TORCH, kernel or Way.TORCH))
    torch.testing.assert_close(one, other, rtol=2e-3, atol=8e-3)


@pytest.mark.parametrize(
    ("channels", "shift", "strides", "read"),
    [
        (48, (3, 8), [1, 1], True),
        (48, (2, 16), [1, 1], True),
        # Reads of sixteen bytes would not be whole; another way is taken.
        (48, (3, 4), [1, 1], False),
        (20, (3, 8), [1, 1], False),
        (48, (6, 8), [2, 2], False),
    ],
)
def test_a_shift_is_read_by_the_product_or_done_before(
    where: torch.device,
    channels: int,
    shift: Shift,
    strides: list[int],
    read: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    value, weight = drawn(6, 32, 7, 5).half(), (drawn(channels, 32, 1, 1) / 32**0.5).half()
    wanted = functional.conv2d(temporal_shift(value, shift).float(), weight.float(), None, strides)
    residual = drawn(*wanted.shape).half()
    wanted = (wanted + residual.float()).relu()
    before: list[Shift] = []

    def watched(value: Tensor, shift: Shift) -> Tensor:
        before.append(shift)
        return temporal_shift(value, shift)

    monkeypatch.setattr(convolution, "temporal_shift", watched)
    given = [value.to(where), weight.to(where), None, residual.to(where)]
    call = Call.of(given, {"strides": strides, "low": 0.0, "shift": list(shift)})
    torch.testing.assert_close(compute(call, way_of(call)).float().cpu(), wanted, rtol=2e-3, atol=8e-3)
    kernels = where.type == "cuda" or convolution._can_finish(value)
    assert before == ([] if read and kernels else [shift])
    assert torch.equal(call.value.cpu(), value)
    one, other = (compute(call, way).float() for way in (Way.TORCH, way_of(call)))
    torch.testing.assert_close(one, other, rtol=2e-3, atol=8e-3)


def test_unequal_pads_are_done_before() -> None:
    value, pads = symmetric(drawn(1, 2, 3, 3), [1, 2, 1, 2], 0.0)
    assert (value.shape, pads) == ((1, 2, 3, 3), [1, 2])
    value, pads = symmetric(drawn(1, 2, 3, 3), [0, 1, 2, 3], 5.0)
    assert (value.shape, pads) == ((1, 2, 5, 7), [0, 0])
    assert (value[0, 0, 4] == 5).all()
