import time

from foveate.engine.messages import Submit
from foveate.engine.scheduler import LaneRules
from tests.engine import systems
from tests.engine.fake import pages_of
from tests.engine.harness import Gate, Harness


def test_a_batch_that_does_not_end_is_seen() -> None:
    gate = Gate()
    manifest = systems.recurrent()
    harness = Harness(manifest, rules=LaneRules(lanes=2), hook=gate)
    assert harness.engine.longest_batch_s() == 0
    harness.engine.handle(Submit("a", manifest.name, pages_of(manifest, 0)))
    assert gate.reached.wait(10)
    first = harness.engine.longest_batch_s()
    time.sleep(0.1)
    assert harness.engine.longest_batch_s() - first >= 0.1 > 0 < first
    gate.open.set()
    harness.wait(1)
    assert harness.engine.close()
    assert harness.engine.longest_batch_s() == 0
