import numpy as np
import pytest

from foveate.errors import ConfigError, InputError
from foveate.evaluation.collected import Collected
from foveate.evaluation.keep_shares import drops_patches, keep_point, parse_shares, seen, with_shares
from tests.engine.fake import bundle
from tests.engine.systems import recurrent, skipping
from tests.evaluation.results import answered


def some_answers() -> Collected:
    collected = Collected()
    collected.add(answered(1, (0,), [[9, 0, 0, 0, 0]], False, 50, by_answer=(30,), keep=(0.75, 0.25)))
    collected.add(answered(2, (1,), [[9, 0, 0, 0, 0]], False, 30, by_answer=(10,), keep=(0.125, 0.25)))
    return collected


def test_shares_as_they_are_written() -> None:
    assert parse_shares("0.9, 0.7,1") == (0.9, 0.7, 1)
    for text in ("", "0.9;0.7", "half"):
        with pytest.raises(ConfigError, match=r"is no list of shares such as 0\.9,0\.7,0\.5"):
            parse_shares(text)
    for text in ("0.5,0", "1.1", "-0.5", "nan"):
        with pytest.raises(ConfigError, match="not above 0 and at most 1"):
            parse_shares(text)


def test_who_drops_patches() -> None:
    assert drops_patches(bundle(skipping()))
    assert not drops_patches(bundle(recurrent()))


def test_thresholds_that_keep_the_shares_and_leave_the_bundle_as_it_was() -> None:
    whole, known = bundle(skipping()), np.random.default_rng(1).random((20, 16)).astype(np.float32)
    for wanted, (share, made) in zip((0.9, 0.5), with_shares(whole, known, (0.9, 0.5)), strict=True):
        threshold = made.manifest.plan.keep_threshold
        assert threshold is not None
        kept = known >= np.float32(threshold)
        assert share == wanted == pytest.approx(kept.mean())
        plan = made.manifest.plan.model_copy(update={"keep_threshold": 0.5})
        assert made.manifest.model_copy(update={"plan": plan}) == whole.manifest
    assert whole.manifest == skipping()


def test_probabilities_of_all_patches() -> None:
    assert seen(some_answers()).tolist() == [0.75, 0.25, 0.125, 0.25]
    with pytest.raises(InputError, match="no video could be answered"):
        seen(Collected())


def test_a_point_says_what_was_kept_spent_and_right() -> None:
    point = keep_point(0.3, bundle(skipping()), some_answers())
    assert (point.share, point.threshold, point.kept) == (0.3, 0.5, 0.25)
    assert (point.executed, point.nominal, point.scores.top1) == (40, 20, 50)
