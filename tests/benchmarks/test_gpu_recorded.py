"""The convolutions of a graph as they are when it runs."""

import torch

from benchmarks.gpu.recorded import Laid, Layer, recorded
from foveate.bundle.load import load_bundle, untrained_bundle
from foveate.device.convolution import LAYOUTS, convolve

CPU = torch.device("cpu")


def test_another_tensor_lies_as_the_first() -> None:
    base = torch.zeros(2, 8, 5, 3, dtype=torch.float16).contiguous(memory_format=torch.channels_last)
    for tensor in base, base[:, 2:6, ::2], base[:1].expand(3, -1, -1, -1), torch.zeros(4):
        made = Laid.of(tensor).made(CPU)
        assert (made.shape, made.stride(), made.dtype) == (tensor.shape, tensor.stride(), tensor.dtype)
        assert made.float().std() > 0.3
    assert Laid.of(base).bytes() == base.nbytes


def test_a_layer_is_told_by_what_its_time_depends_on() -> None:
    value = torch.zeros(2, 8, 5, 5).contiguous(memory_format=torch.channels_last)
    weight, bias = torch.zeros(4, 8, 3, 3), torch.zeros(4)
    attributes = {"pads": [1, 1, 1, 1], "strides": [2, 2], "low": 0.0, "high": None, "device": CPU}
    layer = Layer.of([value, weight, bias], attributes)
    assert layer == Layer.of([value + 1, weight + 1, bias, None], {**attributes, "kernel_shape": [3, 3]})
    others = [
        Layer.of([value.contiguous(), weight, bias], attributes),
        Layer.of([value.half(), weight, bias], attributes),
        Layer.of([value, weight], attributes),
        Layer.of([value, weight, bias, torch.zeros(2, 4, 3, 3)], attributes),
        Layer.of([value, weight, bias], {**attributes, "high": 6.0}),
        Layer.of([value, weight, bias], {**attributes, "strides": [1, 1]}),
        Layer.of([value, weight, bias], {**attributes, "shift": [2, 1]}),
    ]
    assert len({layer, *others}) == 8
    assert others[-1].facts() == {**layer.facts(), "shift": [2, 1]}
    assert layer.facts() == {
        "value": [2, 8, 5, 5],
        "weight": [4, 8, 3, 3],
        "dtype": "float32",
        "strides": [2, 2],
        "pads": [1, 1, 1, 1],
        "dilations": [1, 1],
        "group": 1,
        "shift": None,
        "bias": True,
        "residual": False,
        "clamp": [0.0, None],
    }
    assert (layer.products(), layer.bytes()) == (8 * 9, 4 * (2 * 8 * 25 + 4 * 8 * 9 + 4))


def test_a_layer_can_be_computed_again_with_results_that_half_precision_holds() -> None:
    value = torch.zeros(2, 512, 5, 5).contiguous(memory_format=torch.channels_last)
    layer = Layer.of([value, torch.zeros(4, 512, 3, 3)], {"pads": [1, 1, 1, 1]})
    result = convolve(layer.inputs(CPU), layer.as_onnx())
    assert result.shape == (2, 4, 5, 5)
    assert 0.3 < result.std() < 3


def test_every_convolution_of_a_network_is_seen() -> None:
    bundle = load_bundle(untrained_bundle())
    focus = bundle.manifest.networks.focus
    assert focus is not None
    (graph,) = focus.forms.values()
    with torch.no_grad():
        found = recorded(bundle.folder / graph.file, graph, 2, CPU)
    first, *_ = found
    *_, height, width = graph.inputs[0].shape
    assert first.value.shape[-2:] == (height, width)
    assert first.value.dtype == torch.float16
    # As many as ResNet-50 has, in fewer kinds.
    assert sum(found.values()) == 53 > len(found)
    assert any(layer.residual is not None for layer in found)
    for layer in found:
        again = layer.value.made(CPU)
        assert again.is_contiguous(memory_format=LAYOUTS[again.ndim])
    # What the manifest counts, less what is no convolution.
    pixels = {layer: layer.value.shape[0] * _area(layer) for layer in found}
    counted = sum(n * pixels[x] * x.weight.shape[0] * x.products() for x, n in found.items())
    assert 0.9 < counted / (2 * graph.multiply_adds) <= 1


def _area(layer: Layer) -> int:
    facts, area = layer.facts(), 1
    for side, kernel, stride, pad in zip(
        facts["value"][2:], facts["weight"][2:], facts["strides"], facts["pads"][:2], strict=True
    ):
        area *= (side + 2 * pad - kernel) // stride + 1
    return area
