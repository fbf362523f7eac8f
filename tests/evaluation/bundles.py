"""The embedded bundle with other exits or other labels."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from foveate.bundle.hashes import sha256
from foveate.bundle.load import untrained_bundle


def changed(target: Path, **parts: Any) -> Path:
    """A copy of the embedded bundle with other parts in its manifest."""
    shutil.copytree(untrained_bundle(), target)
    path = target / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | parts))
    return target


def with_labels(target: Path, labels: Sequence[str]) -> Path:
    """A copy whose first classes have these names."""
    shutil.copytree(untrained_bundle(), target)
    text = target / "labels.txt"
    text.write_text("\n".join([*labels, *text.read_text().splitlines()[len(labels) :]]) + "\n")
    path = target / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"]["labels.txt"] = sha256(text)
    path.write_text(json.dumps(manifest))
    return target
