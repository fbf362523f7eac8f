from pathlib import Path

from foveate.runtimes.wish import RuntimeName, Wish, default_engine_cache
from tests.engine.parts import graph, out, port
from tests.runtimes.made import as_graph


def test_nothing_asked_for_is_left_to_the_machine() -> None:
    assert Wish().runtime is RuntimeName.AUTO
    assert Wish().engine_cache == default_engine_cache()
    assert Path.home() in default_engine_cache().parents


def test_the_largest_batch_of_a_graph_is_what_the_scheduler_would_form() -> None:
    wish = Wish(max_frames=24, max_videos=5)
    one = as_graph(graph("a.onnx", [port("x", "pixels", [3, 8, 8])], [out("y", "feature", [3])], 1))
    video = as_graph(graph("b.onnx", [port("x", "pixels", [12, 3, 8, 8])], [out("y", "feature", [3])], 1))
    long = as_graph(graph("c.onnx", [port("x", "pixels", [48, 3, 8, 8])], [out("y", "feature", [3])], 1))
    other = as_graph(graph("d.onnx", [port("x", "focus", [3], "v")], [out("y", "logits", [3])], 1))
    assert [wish.most_units(each) for each in (one, video, long, other)] == [24, 2, 1, 5]
