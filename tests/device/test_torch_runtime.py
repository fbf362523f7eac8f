"""Which graphs run in which precision; what they give is held in tests/export/test_in_torch.py."""

import numpy as np
import torch

from foveate.bundle.load import load_bundle, untrained_bundle
from foveate.bundle.vocabulary import Form
from foveate.device.torch_runtime import TorchArrayRuntime, TorchRuntime
from foveate.engine.messages import Stage
from foveate.runtimes.base import Runtime
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime

BUNDLE = load_bundle(untrained_bundle())
CPU = torch.device("cpu")


def test_lanes_share_weights_and_only_what_sees_is_halved() -> None:
    runtime = TorchRuntime(CPU, half=True)
    glance, policy = BUNDLE.manifest.networks.glance, BUNDLE.manifest.networks.policy
    assert glance is not None
    assert policy is not None
    (seeing,), path = glance.forms.values(), BUNDLE.folder / "glance.onnx"
    first = runtime.load(path, seeing, Stage.GLANCE)
    assert runtime.load(path, seeing, Stage.GLANCE) is first
    assert runtime.load(path, seeing) is not first
    planning = policy.forms[Form.STEP]
    loaded = runtime.load(BUNDLE.folder / planning.file, planning, Stage.POLICY)
    assert {buffer.dtype for buffer in loaded.buffers()} <= {torch.float32, torch.int64}
    assert "half precision" in runtime.info.name


def test_on_arrays_it_is_a_runtime_like_any() -> None:
    policy = BUNDLE.manifest.networks.policy
    assert policy is not None
    graph = policy.forms[Form.WHOLE]
    runtimes: tuple[Runtime, ...] = (TorchArrayRuntime(CPU), OnnxCpuRuntime())
    rng = np.random.default_rng(0)
    inputs = {port.name: rng.standard_normal((2, *port.shape)).astype(np.float32) for port in graph.inputs}
    found, wanted = (runtime.load(BUNDLE.folder / graph.file, graph).run(inputs) for runtime in runtimes)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert runtimes[0].info.device == "cpu"
