import numpy as np

from benchmarks.raw_loop import Layout, RawLoop, best_layout
from foveate.bundle.load import load_bundle, untrained_bundle
from foveate.engine.messages import Answer, Event, Released, Submit
from foveate.engine.scheduler import LaneRules
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from tests.engine.harness import Harness


def test_the_yardstick_computes_what_the_engine_answers() -> None:
    bundle = load_bundle(untrained_bundle())
    frames = np.random.default_rng(1).integers(0, 256, (16, 224, 224, 3), np.uint8)
    wanted = RawLoop(bundle, Layout(1, 1)).clip(frames)
    harness = Harness(rules=LaneRules(lanes=2))
    harness.engine._runtime = OnnxCpuRuntime()
    harness.engine._page = lambda page, shape: frames[page]
    harness.engine.add_bundle("embedded", bundle)
    harness.engine.handle(Submit("a", "embedded", (tuple(range(16)),)))
    events: list[Event] = harness.wait(1)
    assert harness.engine.close()
    assert isinstance(events[-1], Released)
    answers = [event for event in events if isinstance(event, Answer)]
    np.testing.assert_allclose(answers[0].logits, wanted, atol=1e-4)


def test_layouts_are_measured_against_each_other() -> None:
    bundle = load_bundle(untrained_bundle())
    rates = best_layout(bundle, np.zeros((16, 224, 224, 3), np.uint8), cores=2, clips=1)
    assert set(rates) == {Layout(2, 1), Layout(1, 2), Layout(2, 2)}
    assert all(rate > 0 for rate in rates.values())
