"""The binding on the CPU provider; CUDA itself where it is to be had."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from foveate.bundle.load import load_bundle, untrained_bundle
from foveate.device.onnx_cuda import CUDA, OnnxCudaLoader
from foveate.engine.messages import Stage
from foveate.errors import BundleError, ConfigError, FoveateError
from tests.device.fake import FakeDevice
from tests.device.real import answer

BUNDLE = load_bundle(untrained_bundle())
CPU = torch.device("cpu")
(CLASSIFIER,) = (g for g in BUNDLE.manifest.networks.classifier.forms.values() if g.file == "classifier.onnx")


def test_outputs_are_written_where_they_are_bound() -> None:
    path = BUNDLE.folder / CLASSIFIER.file
    loaded = OnnxCudaLoader(CPU, "CPUExecutionProvider").load(
        path, CLASSIFIER, Stage.CLASSIFY, FakeDevice().stream()
    )
    rng = np.random.default_rng(0)
    inputs = {p.name: rng.standard_normal((3, *p.shape)).astype(np.float32) for p in CLASSIFIER.inputs}
    names = [output.name for output in CLASSIFIER.outputs]
    wanted = onnxruntime.InferenceSession(path).run(names, inputs)
    # Inputs that lie otherwise in memory are copied, not misread.
    tensors = {
        name: torch.from_numpy(value.swapaxes(0, 1).copy()).transpose(0, 1) for name, value in inputs.items()
    }
    found = loaded.run(tensors)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one.numpy(), other, atol=1e-5)
    assert not loaded.capturable


def test_a_bundle_through_the_engine() -> None:
    """Its weights are in half precision: a pixel's last digit shows in what the graphs round."""
    found, wanted = answer(BUNDLE, OnnxCudaLoader(CPU, "CPUExecutionProvider")), answer(BUNDLE, None)
    assert found.step_logits is not None
    assert wanted.step_logits is not None
    np.testing.assert_allclose(found.step_logits, wanted.step_logits, atol=5e-3)
    assert found.looks == wanted.looks


@pytest.mark.skipif(CUDA in onnxruntime.get_available_providers(), reason="the CUDA provider is here")
@pytest.mark.filterwarnings("ignore:Specified provider")
def test_a_provider_that_cannot_be_had_is_refused() -> None:
    loader = OnnxCudaLoader(torch.device("cuda", 0))
    with pytest.raises(ConfigError, match="could not load CUDAExecutionProvider"):
        loader.load(BUNDLE.folder / CLASSIFIER.file, CLASSIFIER, Stage.CLASSIFY, FakeDevice().stream())
    assert "bound to device memory" in loader.info.name


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    loader, stream = OnnxCudaLoader(CPU, "CPUExecutionProvider"), FakeDevice().stream()
    with pytest.raises(BundleError, match="not the manifest's"):
        loader.load(BUNDLE.folder / "focus.onnx", CLASSIFIER, Stage.CLASSIFY, stream)
    path = tmp_path / "none.onnx"
    path.write_bytes(b"no graph")
    with pytest.raises(FoveateError, match=r"none\.onnx cannot be loaded"):
        loader.load(path, CLASSIFIER, Stage.CLASSIFY, stream)
