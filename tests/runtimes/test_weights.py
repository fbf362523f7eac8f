from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from foveate.bundle.load import untrained_bundle
from foveate.errors import BundleError
from foveate.runtimes.weights import in_bf16, weight_precision
from tests.runtimes.made import write_double


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (None, "fp32"),
        (np.float32, "fp32"),
        (np.int64, "fp32"),
        (np.float16, "fp16"),
        (ml_dtypes.bfloat16, "bf16"),
        (np.int8, "int8"),
    ],
)
def test_the_narrowest_weights_make_the_precision(
    tmp_path: Path, kind: type[np.generic] | None, name: str
) -> None:
    assert weight_precision(write_double(tmp_path / "x.onnx", kind)) == name


def test_real_graphs() -> None:
    folder = untrained_bundle()
    found = {path.stem: weight_precision(path) for path in folder.glob("*.onnx")}
    assert found["glance"] == found["focus"] == "fp16"
    assert found["policy"] == found["policy_step"] == "fp32"


@pytest.mark.parametrize("data", [b"not a graph", b"\x3a\xff", b"\x38\x01"])
def test_what_is_no_graph_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.onnx"
    path.write_bytes(data)
    with pytest.raises(BundleError, match=r"x\.onnx is no ONNX graph"):
        weight_precision(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"nothing\.onnx cannot be read: No such file"):
        weight_precision(tmp_path / "nothing.onnx")
    assert not in_bf16(tmp_path / "nothing.onnx")
