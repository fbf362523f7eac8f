"""Videos through an engine of their own."""

import numpy as np
import pytest
from numpy.typing import NDArray

from export.engine_run import Ended, run_in_engine
from foveate.engine.messages import Failure, Options, Released, Submit
from foveate.engine.scheduler import LaneRules
from foveate.errors import ExecutionError
from tests.device.harness import FakeLoader
from tests.device.opening import OnFake
from tests.engine import systems
from tests.engine.fake import FakeRuntime, Pages, bundle, pages_of
from tests.engine.harness import alone
from tests.engine.parts import CROP

RULES = LaneRules(lanes=2, max_frames=4, max_videos=2)


def pages(count: int) -> list[NDArray[np.uint8]]:
    given = Pages()
    return [given(page, (CROP, CROP, 3)) for page in range(count)]


@pytest.mark.parametrize("on_a_device", [False, True])
def test_videos_of_two_bundles_answer_as_alone(on_a_device: bool) -> None:
    one, other = systems.recurrent(), systems.dense()
    runtime = OnFake(FakeLoader([one, other], None)) if on_a_device else FakeRuntime([one, other])
    submits = [
        Submit(f"{manifest.name}{n}", manifest.name, pages_of(manifest, 10 * n), Options())
        for n in range(3)
        for manifest in (one, other)
    ]
    named = {manifest.name: bundle(manifest) for manifest in (one, other)}
    ended = run_in_engine(named, pages(60), submits, RULES, runtime)
    assert ended.failures == {}
    assert set(ended.answers) == {submit.id for submit in submits}
    for n in range(3):
        for manifest in (one, other):
            found = ended.answers[f"{manifest.name}{n}"].logits
            np.testing.assert_allclose(found, alone(manifest, 10 * n, Options()).logits, atol=1e-5)


def test_it_waits_for_the_last_and_keeps_what_failed() -> None:
    ended = Ended(2)
    failure = Failure("a", ExecutionError("no"))
    ended.take([failure, Released("a")])
    assert not ended._done.is_set()
    ended.take([Released("b")])
    assert ended.wait()
    assert (ended.failures, ended.answers) == ({"a": failure}, {})
