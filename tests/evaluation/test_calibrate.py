from dataclasses import replace

import numpy as np
import pytest

from foveate.bundle.vocabulary import Measure
from foveate.errors import BundleError, ConfigError
from foveate.evaluation.calibrate import Choices, calibrate, require_exits
from foveate.evaluation.calibrated_bundle import with_exits
from foveate.evaluation.calibration_data import CalibrationData
from tests.engine.systems import ALL, dense, skipping, v2_exits
from tests.evaluation.made_logits import made_logits

LOGITS, LABELS = made_logits(300, 16, 5)
DATA = CalibrationData("made up", LOGITS, LABELS)
CHOICES = Choices(Measure.LARGEST_LOGIT, (0.5, 0.8, 1.0, 1.3, 2.0), None, 0.01)


def test_the_default_is_the_cheapest_within_the_tolerance() -> None:
    found = calibrate(v2_exits(), DATA, CHOICES)
    full = (LOGITS[:, -1].argmax(1) == LABELS).mean()
    good = [p.accuracy >= full - 0.01 for p in found.curve]
    assert found.default == good.index(True) > 0
    assert calibrate(v2_exits(), DATA, replace(CHOICES, tolerance=1.0)).default == 0
    assert found.exits.default == found.default
    assert [s.accuracy for s in found.exits.settings] == [p.accuracy for p in found.curve]


def test_a_mean_of_ones_own_is_the_default_and_fits_the_manifest() -> None:
    found = calibrate(v2_exits(), DATA, replace(CHOICES, mean_cost=6000.0))
    chosen = found.exits.settings[found.exits.default]
    assert 6000 - 16 * 1130 * 15 / 300 <= chosen.multiply_adds <= 6000
    with_exits(v2_exits(), found.exits)


def test_without_labels_a_manifest_claims_no_accuracy() -> None:
    found = calibrate(v2_exits(), replace(DATA, labels=None), CHOICES)
    assert not found.labelled
    assert {setting.accuracy for setting in found.exits.settings} == {None}
    assert found.curve[-1].accuracy == 1


def test_the_measure_is_kept() -> None:
    found = calibrate(v2_exits(), DATA, replace(CHOICES, measure=Measure.NEGATIVE_ENTROPY))
    assert found.exits.measure is Measure.NEGATIVE_ENTROPY
    assert all(threshold <= 0 or threshold == 1e8 for s in found.exits.settings for threshold in s.thresholds)


def test_what_cannot_be_had() -> None:
    with pytest.raises(ConfigError, match=r"the first answer of v2-exits costs 1\.13e-06"):
        calibrate(v2_exits(), DATA, replace(CHOICES, mean_cost=1000.0))
    for tolerance in (-0.1, 1.1, float("nan")):
        with pytest.raises(ConfigError, match="is no share between 0 and 1"):
            calibrate(v2_exits(), DATA, replace(CHOICES, tolerance=tolerance))


def test_dropped_patches_make_exits_cheaper() -> None:
    dropped = np.random.default_rng(3).integers(0, 2, (300, 16)).cumsum(1)
    focus = skipping().networks.focus
    assert focus is not None
    costs = np.array(skipping().cost.nominal) - dropped * next(iter(focus.forms.values())).multiply_adds
    plain, own = (calibrate(skipping(), replace(DATA, costs=c), CHOICES) for c in (None, costs))
    for point in own.curve:
        taken = (LOGITS.max(-1) >= np.array(point.thresholds, np.float32)).argmax(1)
        assert point.cost == costs[np.arange(300), taken].mean()
        same = [other for other in plain.curve if other.thresholds == point.thresholds]
        assert all(point.cost < other.cost for other in same)
    assert with_exits(skipping(), own.exits).exits == own.exits
    least = costs[:, 0].mean() / 1e9
    with pytest.raises(ConfigError, match=f"the first answer of skipping costs {least:.6g}"):
        calibrate(skipping(), replace(DATA, costs=costs), replace(CHOICES, mean_cost=100.0))


def test_only_what_can_stop_is_calibrated() -> None:
    with pytest.raises(BundleError, match="dense cannot be calibrated: no video can stop"):
        require_exits(dense())
    for name in set(ALL) - {"dense"}:
        require_exits(ALL[name]())
