import json
from pathlib import Path

import numpy as np
import pytest

from foveate.errors import ConfigError
from foveate.evaluation.collected import Collected
from foveate.evaluation.output import write_json, write_logits
from tests.evaluation.results import answered


def test_logits_as_calibration_reads_them(tmp_path: Path) -> None:
    collected = Collected()
    collected.add(answered(1, (2, 0), [[1, 2, 3], [4, 5, 6]]))
    collected.add(answered(2, (1,), [[0, 0, 0], [7, 8, 9]]))
    write_logits(tmp_path / "logits.npz", collected)
    with np.load(tmp_path / "logits.npz") as data:
        assert sorted(data) == ["labels", "logits", "names", "nominal"]
        assert (data["logits"].shape, data["logits"].dtype) == ((2, 2, 3), np.float32)
        assert (data["labels"].tolist(), data["labels"].dtype) == ([2, 1], np.int64)
        assert data["names"].tolist() == ["v1", "v2"]
        assert (data["nominal"].tolist(), data["nominal"].dtype) == ([[30, 40], [30, 40]], np.int64)


def test_keep_probabilities_where_patches_are_dropped(tmp_path: Path) -> None:
    collected = Collected()
    collected.add(answered(1, (0,), [[1, 2]], keep=(0.5, 0.25)))
    collected.add(answered(2, (0,), [[1, 2]], keep=(1.0, 0.0)))
    write_logits(tmp_path / "logits.npz", collected)
    with np.load(tmp_path / "logits.npz") as data:
        assert (data["keep"].tolist(), data["keep"].dtype) == ([[0.5, 0.25], [1.0, 0.0]], np.float32)


def test_files_are_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_json(path, {"top1": 1.0})
    with pytest.raises(TypeError):
        write_json(path, {"top1": object()})
    assert json.loads(path.read_text()) == {"top1": 1.0}
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written: No such file"):
        write_json(tmp_path / "no" / "such", {})
