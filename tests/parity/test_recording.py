from export.runtimes import NetworkRuntime
from foveate.parity.recording import RecordingRuntime
from tests.export.test_runtimes import GRAPH, PATH, X, spec_of


def test_everything_is_recorded_until_it_is_forgotten() -> None:
    runtime = RecordingRuntime(NetworkRuntime([spec_of(3)]))
    graph, reused = runtime.load(PATH, GRAPH), X.copy()
    graph.run({"x": reused})
    reused += 1
    graph.run({"x": reused})
    assert runtime.values("focus.onnx", "x").tolist() == [[1.0, 2.0], [2.0, 3.0]]
    assert runtime.values("focus.onnx", "y").tolist() == [[3.0, 6.0], [6.0, 9.0]]
    assert runtime.files == {"focus.onnx"}
    runtime.clear()
    assert runtime.files == set()
