from foveate.runtimes.base import LoadedGraph, Runtime
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from tests.engine.fake import FakeGraph, FakeRuntime
from tests.engine.systems import dense


def test_the_runtimes_keep_to_the_interface() -> None:
    manifest = dense()
    runtimes: list[Runtime] = [OnnxCpuRuntime(), FakeRuntime([manifest])]
    assert all(runtime.info.name and runtime.info.reason for runtime in runtimes)
    (graph,) = manifest.networks.classifier.forms.values()
    loaded: LoadedGraph = FakeGraph(graph, 0, None)
    assert callable(loaded.run)
