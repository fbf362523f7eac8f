"""Shares of patches to keep, through the engine with fake networks."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from foveate.bundle.load import Bundle
from foveate.engine.messages import Options
from foveate.evaluation.collected import Collected
from foveate.evaluation.evaluate import Prepared, Request, options_of, perform
from foveate.evaluation.listed import Listed
from foveate.evaluation.report import Report
from foveate.evaluation.run import Layout
from tests.engine.fake import FakeRuntime, bundle
from tests.engine.systems import skipping
from tests.evaluation.conftest import LENGTHS

SHARES = (1.0, 0.4)
PATCHES = 16 * len(LENGTHS)


def prepared(listed: Path, bundle: Bundle, **parts: object) -> Prepared:
    asked = replace(Request(bundle.folder, listed, Layout(listed.parent), lanes=1), **parts)  # type: ignore[arg-type]
    videos = tuple(Listed(n + 1, f"video {n}", frames, (n,)) for n, frames in enumerate(LENGTHS))
    options = Options(every_step=True) if asked.complete else Options()
    return Prepared(asked, bundle, options, videos, None)


def run(asked: Prepared) -> tuple[Report, Collected]:
    return perform(asked, lambda *state: None, FakeRuntime([asked.bundle.manifest]))


@pytest.fixture(scope="module")
def swept(listed: Path) -> tuple[Report, Collected]:
    return run(prepared(listed, bundle(skipping()), keep_shares=SHARES))


def test_each_share_is_kept_on_the_list_itself(swept: tuple[Report, Collected]) -> None:
    report, collected = swept
    points = report.keep_shares
    assert [point.share for point in points] == list(SHARES)
    keep = np.stack(collected.keep)
    assert keep.size == PATCHES
    for point in points:
        assert point.kept == (keep >= np.float32(point.threshold)).mean()
        assert point.kept == pytest.approx(point.share, abs=1 / PATCHES)
    assert report.full == points[0].nominal == points[0].executed
    focus = skipping().networks.focus
    assert focus is not None
    each = next(iter(focus.forms.values())).multiply_adds
    dropped = (1 - points[1].kept) * 16
    assert points[1].nominal == pytest.approx(report.full - dropped * each)


def test_the_bundle_itself_is_scored_as_it_is(swept: tuple[Report, Collected]) -> None:
    report, collected = swept
    kept = np.stack(collected.keep) >= 0.5
    assert collected.focused == kept.sum(1).tolist()
    assert [point.answer for point in report.answers] == list(range(1, 17))
    assert report.answers[-1].nominal == report.nominal < report.full
    assert (collected.costs[:, -1] == collected.nominal).all()
    assert report.seconds > 0


def test_thresholds_solved_elsewhere(listed: Path, swept: tuple[Report, Collected]) -> None:
    wanted = swept[0].keep_shares[1]
    asked = prepared(listed, bundle(skipping()), keep_shares=(0.9,))
    known = np.array([wanted.threshold, 0.0], np.float32)
    told: list[tuple[int, int, int]] = []
    report, _ = perform(
        replace(asked, probabilities=known), lambda *state: told.append(state), FakeRuntime([skipping()])
    )
    assert report.keep_shares == (replace(wanted, share=0.9),)
    # The list is gone through twice.
    assert told == [(done, 8, 0) for done in range(1, 9)]


def test_shares_imply_every_answer(listed: Path) -> None:
    asked = prepared(listed, bundle(skipping()), keep_shares=SHARES).request
    assert options_of(asked, None) == Options(every_step=True)  # type: ignore[arg-type]
