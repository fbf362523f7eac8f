import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from foveate.device.executor import DeviceExecutor
from foveate.engine.messages import Options
from foveate.engine.scheduler import LaneRules
from foveate.errors import OverloadedError
from tests.device.fake import FakeDevice, FreedError
from tests.device.harness import DeviceHarness, pages_in
from tests.engine import systems
from tests.engine.fake import bundle
from tests.engine.harness import alone

RULES = LaneRules(lanes=2, max_frames=8, max_videos=2, share=False)


def test_a_bundle_is_loaded_while_another_serves(memory: NDArray[Any]) -> None:
    serving, loading = systems.recurrent(), systems.dense()
    harness = DeviceHarness(serving, loading, rules=RULES, memory=memory)
    captures = harness.device.captures
    loader = threading.Thread(target=lambda: harness.engine.add_bundle("again", bundle(loading)))
    loader.start()
    for number in range(30):
        harness.submit(str(number), serving, number * pages_in(serving))
    harness.wait(30)
    loader.join(20)
    assert (harness.errors(), harness.deaths) == ({}, [])
    assert harness.device.captures > captures
    assert harness.engine.close()


def test_a_bundle_that_goes_leaves_nothing_on_the_device(memory: NDArray[Any]) -> None:
    """At once, and not when the collector comes round: another may need the memory."""
    staying, going = systems.recurrent(), systems.dense()
    harness = DeviceHarness(staying, going, rules=RULES, memory=memory)
    harness.submit("a", going, 0)
    harness.wait(1)
    executor = harness.engine._executors["dense"]
    assert isinstance(executor, DeviceExecutor)
    left: list[weakref.ref[Any]] = [weakref.ref(executor), weakref.ref(executor._arena)]
    left += [weakref.ref(ready.program) for lane in executor._programs for ready in lane.values()]
    left += [weakref.ref(ready.captured) for lane in executor._programs for ready in lane.values()]
    del executor
    gc.disable()
    try:
        assert harness.engine.remove_bundle("dense")
        assert [each() for each in left if each() is not None] == []
    finally:
        gc.enable()
    harness.submit("b", staying, 100)
    harness.wait(2)
    assert (harness.errors(), harness.deaths) == ({}, [])
    assert harness.engine.close()


def test_a_further_bundle_takes_no_further_stream(memory: NDArray[Any]) -> None:
    """torch has 32 and then gives the first ones out again: to a capture and to somebody it would catch."""
    manifest = systems.uni_tsm()
    harness = DeviceHarness(manifest, rules=RULES, memory=memory)
    before = len(harness.device.clocks)
    harness.executors.make(bundle(manifest), harness.engine.plan("uni-tsm"))
    assert len(harness.device.clocks) == before
    assert harness.engine.close()


def test_frames_that_cannot_be_pinned_are_copied_as_they_are(
    memory: NDArray[Any], caplog: pytest.LogCaptureFixture
) -> None:
    manifest, device = systems.recurrent(), FakeDevice()
    device.refuses_to_pin = True
    harness = DeviceHarness(manifest, rules=RULES, memory=memory, device=device)
    assert not harness.executors.pinned
    assert "could not be pinned; they are copied as they are" in caplog.text
    harness.submit("a", manifest, 0)
    harness.wait(1)
    wanted = alone(manifest, 0, Options())
    np.testing.assert_allclose(harness.answers()["a"].logits, wanted.logits, atol=1e-5)
    assert harness.engine.close()


def test_the_slab_is_let_go_at_the_end(memory: NDArray[Any]) -> None:
    harness = DeviceHarness(systems.dense(), rules=RULES, memory=memory)
    assert harness.engine.close()
    harness.executors.close()
    with pytest.raises(FreedError):
        _ = harness.executors._slab.tensor


def test_a_video_beyond_the_room_is_refused_and_taken_later(memory: NDArray[Any]) -> None:
    manifest = systems.dense()
    harness = DeviceHarness(manifest, rules=RULES, memory=memory, videos=1)
    plan = harness.engine.plan("dense")
    executor = harness.executors.make(bundle(manifest), plan)
    store = executor.open(((0,) * 8,))
    with pytest.raises(OverloadedError, match="no room"):
        executor.open(((1,) * 8,))
    executor.close(store)
    executor.open(((1,) * 8,))
    assert harness.engine.close()
