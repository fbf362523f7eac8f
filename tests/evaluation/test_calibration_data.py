from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foveate.bundle.hashes import sha256
from foveate.errors import ConfigError
from foveate.evaluation.calibration_data import read_calibration
from tests.engine.systems import skipping, uni_tsm
from tests.evaluation.made_logits import made_logits, save

LOGITS, LABELS = made_logits(8, 2, 5)


def with_nan() -> np.ndarray:
    logits = LOGITS.copy()
    logits[3, 1, 2] = np.nan
    return logits


def test_logits_and_labels(tmp_path: Path) -> None:
    path = save(tmp_path / "val.npz", logits=LOGITS, labels=LABELS.astype(np.int32), names=np.array(["a"]))
    data = read_calibration(path, uni_tsm())
    assert np.array_equal(data.logits, LOGITS)
    assert data.labels is not None
    assert data.labels.tolist() == LABELS.tolist()
    assert data.source == f"val.npz (sha256 {sha256(path)}), 8 videos with labels"


def test_labels_may_be_missing(tmp_path: Path) -> None:
    data = read_calibration(save(tmp_path / "val.npz", logits=LOGITS.astype(np.float64)), uni_tsm())
    assert data.labels is None
    assert data.logits.dtype == np.float32
    assert data.source.endswith("8 videos without labels")


def test_costs_of_each_video(tmp_path: Path) -> None:
    logits, _ = made_logits(16, 4, 5)
    manifest = skipping(4)
    focus = manifest.networks.focus
    assert focus is not None
    each = next(iter(focus.forms.values())).multiply_adds
    costs = np.array(manifest.cost.nominal) - each * np.random.default_rng(1).integers(0, 2, (16, 4)).cumsum(
        1
    )
    data = read_calibration(save(tmp_path / "val.npz", logits=logits, nominal=costs), manifest)
    assert data.costs is not None
    assert data.costs.tolist() == costs.tolist()
    assert data.source.endswith("16 videos without labels, each at its own cost")
    data = read_calibration(save(tmp_path / "old.npz", logits=logits), manifest)
    assert data.costs is None
    assert data.source.endswith("16 videos without labels, as if no patch were dropped")
    for change in (1, each, -2 * each):
        wrong = costs.copy()
        wrong[5, 0] = manifest.cost.nominal[0] + change
        path = save(tmp_path / "wrong.npz", logits=logits, nominal=wrong)
        with pytest.raises(
            ConfigError, match=rf"answer 0 of video 5 cannot have cost .*, less {each} for each"
        ):
            read_calibration(path, manifest)


def test_costs_of_a_bundle_that_drops_nothing_are_its_own(tmp_path: Path) -> None:
    costs = np.tile(uni_tsm().cost.nominal, (8, 1))
    data = read_calibration(save(tmp_path / "val.npz", logits=LOGITS, nominal=costs), uni_tsm())
    assert data.costs is not None
    assert data.source.endswith("8 videos without labels")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"logit": LOGITS}, "no array named logits"),
        ({"logits": LOGITS[:, 0]}, r"are float32 \(8, 5\), not numbers \(videos, answers, classes\)"),
        ({"logits": LOGITS.astype(np.int64)}, "are int64"),
        ({"logits": LOGITS[:, :1]}, "1 answers of 5 classes, uni-tsm gives 2 of 5"),
        ({"logits": LOGITS[:, :, :4]}, "2 answers of 4 classes, uni-tsm gives 2 of 5"),
        ({"logits": with_nan()}, "a logit of video 3 at answer 1 is not finite"),
        ({"logits": np.full((8, 2, 5), 1e300)}, "a logit of video 0 at answer 0 is not finite"),
        ({"logits": LOGITS[:7]}, "it has 7 videos; for 2 answers there must be 8"),
        ({"logits": LOGITS, "labels": LABELS[:7]}, r"labels are int64 \(7,\), not whole numbers \(8,\)"),
        ({"logits": LOGITS, "labels": LABELS.astype(float)}, r"labels are float64 \(8,\)"),
        ({"logits": LOGITS, "labels": np.full(8, 5)}, "labels are 5 to 5, and there are 5 classes"),
        ({"logits": LOGITS, "labels": np.full(8, -1)}, "labels are -1 to -1"),
        ({"logits": LOGITS, "nominal": np.ones((8, 2))}, r"costs are float64 \(8, 2\), not whole numbers"),
        (
            {"logits": LOGITS, "nominal": np.ones(8, int)},
            r"costs are int64 \(8,\), not whole numbers \(8, 2\)",
        ),
        ({"logits": LOGITS, "nominal": np.full((8, 2), 7)}, "answer 0 of video 0 cannot have cost 7"),
        ({"logits": np.array([object()])}, "is no .npz file of plain arrays"),
    ],
)
def test_what_is_not_of_this_bundle(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    path = save(tmp_path / "val.npz", **arrays)
    with pytest.raises(ConfigError, match=message) as caught:
        read_calibration(path, uni_tsm())
    assert str(path) in str(caught.value)


def test_what_is_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_calibration(tmp_path / "none.npz", uni_tsm())
    np.save(tmp_path / "one.npy", LOGITS)
    broken = save(tmp_path / "whole.npz", logits=LOGITS).read_bytes()
    for name, content in (("text", b"hello"), ("empty", b""), ("torn", broken[: len(broken) // 2])):
        (tmp_path / name).write_bytes(content)
    spoilt = bytearray(broken)
    spoilt[200] ^= 255
    (tmp_path / "spoilt").write_bytes(spoilt)
    for name in ("one.npy", "text", "empty", "torn", "spoilt"):
        with pytest.raises(ConfigError, match=r"is no \.npz file of plain arrays"):
            read_calibration(tmp_path / name, uni_tsm())
