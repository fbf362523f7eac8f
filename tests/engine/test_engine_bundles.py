"""Bundles that come and go while others serve."""

import gc
import threading
import time
import weakref

import numpy as np
import pytest

from foveate.engine.messages import Cancel, Options, Submit
from foveate.engine.scheduler import LaneRules
from tests.engine import systems
from tests.engine.fake import bundle, pages_of
from tests.engine.harness import Gate, Harness, alone

RULES = LaneRules(lanes=2)


def test_a_bundle_goes_once_its_videos_are_released() -> None:
    old, other, gate = systems.recurrent(), systems.dense(), Gate()
    harness = Harness(old, other, rules=RULES, hook=gate)
    harness.engine.handle(Submit("a", old.name, pages_of(old, 0), Options()))
    assert gate.reached.wait(10)
    assert not harness.engine.remove_bundle(old.name)
    gate.open.set()
    harness.wait(1)
    assert "a" in harness.answers()
    assert harness.engine.remove_bundle(old.name)
    with pytest.raises(KeyError):
        harness.engine.plan(old.name)
    harness.engine.handle(Submit("b", other.name, pages_of(other, 0), Options()))
    harness.wait(2)
    assert harness.errors() == {}
    assert harness.engine.close()


def test_a_cancelled_video_holds_its_bundle_as_long_as_a_batch_reads_its_pages() -> None:
    manifest, gate = systems.dense(), Gate()
    harness = Harness(manifest, rules=RULES, hook=gate)
    harness.engine.handle(Submit("a", manifest.name, pages_of(manifest, 0), Options()))
    assert gate.reached.wait(10)
    harness.engine.handle(Cancel("a"))
    assert not harness.engine.remove_bundle(manifest.name)
    gate.open.set()
    harness.wait(1)
    assert harness.engine.remove_bundle(manifest.name)
    assert harness.engine.close()


def test_what_ran_it_is_let_go_at_once() -> None:
    manifest = systems.dense()
    harness = Harness(manifest, rules=RULES)
    harness.engine.handle(Submit("a", manifest.name, pages_of(manifest, 0), Options()))
    harness.wait(1)
    executor = weakref.ref(harness.engine._executors[manifest.name])
    gc.disable()
    try:
        assert harness.engine.remove_bundle(manifest.name)
        assert executor() is None
    finally:
        gc.enable()
    assert harness.engine.close()


def test_bundles_are_exchanged_under_load() -> None:
    """Videos go to whichever generation is there, and each answers as if there were no other."""
    manifest = systems.recurrent()
    harness = Harness(manifest, rules=RULES)
    harness.engine.add_bundle("x#0", bundle(manifest))
    wanted = [alone(manifest, 40 * n, Options()).logits for n in range(3)]
    newest, stop = [0], threading.Event()

    def exchange() -> None:
        while not stop.is_set():
            harness.engine.add_bundle(f"x#{newest[0] + 1}", bundle(manifest))
            newest[0] += 1
            while not harness.engine.remove_bundle(f"x#{newest[0] - 1}"):
                stop.wait(0.001)

    exchanging = threading.Thread(target=exchange)
    exchanging.start()
    number, end = 0, time.monotonic() + 20
    while newest[0] < 3:
        assert time.monotonic() < end
        harness.wait(number - 4)
        # Held, as the server's leases hold it: whoever submits does so before its bundle goes.
        with harness.engine._ready:
            name = f"x#{newest[0]}"
            harness.engine.handle(Submit(str(number), name, pages_of(manifest, 40 * (number % 3)), Options()))
        number += 1
    harness.wait(number)
    stop.set()
    exchanging.join(10)
    assert harness.errors() == {}
    for each in range(number):
        found = harness.answers()[str(each)].logits
        np.testing.assert_allclose(found, wanted[each % 3], atol=1e-5)
    assert harness.engine.close()
