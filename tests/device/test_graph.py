from foveate.device.graph import DeviceGraph, GraphLoader
from tests.device.harness import FakeLoader, OnTensors
from tests.engine import systems
from tests.engine.fake import FakeGraph


def test_the_fakes_keep_to_the_interface() -> None:
    manifest = systems.dense()
    (graph,) = manifest.networks.classifier.forms.values()
    loaded: DeviceGraph = OnTensors(FakeGraph(graph, 0, None), True)
    loader: GraphLoader = FakeLoader([manifest], None)
    assert loaded.capturable
    assert callable(loader.load)
