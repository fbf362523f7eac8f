import torch

from export.ocsampler_graphs import SkimVideo, StepMaximum, WholeMaximum, ocsampler_specs
from export.precision import in_precision
from tests.models.small_uni import ocsampler


def test_the_ports_of_each_graph() -> None:
    shapes = {
        spec.file: ([i.shape for i in spec.inputs], [o.shape for o in spec.outputs])
        for spec in ocsampler_specs(ocsampler(), 64)
    }
    assert shapes == {
        "glance.onnx": ([(5, 3, 32, 32)], [(5, 16)]),
        "policy.onnx": ([(5, 16)], [(3,), (5,)]),
        "focus.onnx": ([(3, 64, 64)], [(256,)]),
        "classifier.onnx": ([(3, 256)], [(3, 5)]),
        "classifier_step.onnx": ([(256,), (24,)], [(5,), (24,)]),
    }
    assert [spec.file for spec in ocsampler_specs(ocsampler(), 64) if spec.exact] == ["policy.onnx"]


@torch.no_grad()
def test_the_skim_network_is_the_models() -> None:
    model = ocsampler()
    pixels = torch.randn(2, 5, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(SkimVideo(model.glance)(pixels), model.glance(pixels))


@torch.no_grad()
def test_both_forms_of_the_classifier_agree_in_half_precision_too() -> None:
    network = ocsampler().classifier
    features = torch.rand(2, 3, 256, generator=torch.Generator().manual_seed(1))
    whole, state = WholeMaximum(network)(features), torch.zeros(2, 24)
    half = in_precision(StepMaximum(network), "fp16")
    rough = torch.zeros(2, 24)
    for step in range(3):
        answer, state = StepMaximum(network)(features[:, step], state)
        torch.testing.assert_close(answer, whole[:, step], rtol=0, atol=1e-5)
        near, rough = half(features[:, step], rough)
        assert near.dtype is rough.dtype is torch.float32
        torch.testing.assert_close(near, answer, rtol=0.02, atol=0.02)
