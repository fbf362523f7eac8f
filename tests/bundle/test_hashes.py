import hashlib
from pathlib import Path

import pytest

from foveate.bundle.hashes import require_unaltered, sha256
from foveate.bundle.load import load_bundle
from foveate.errors import BundleError


def test_sha256(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"graph")
    assert sha256(tmp_path / "file") == hashlib.sha256(b"graph").hexdigest()


def test_an_altered_file_is_named(copy: Path) -> None:
    require_unaltered(load_bundle(copy))
    (copy / "focus.onnx").write_bytes(b"another")
    with pytest.raises(BundleError, match=r"focus\.onnx was altered"):
        require_unaltered(load_bundle(copy))
