"""What the parts of an image weigh: as files, and compressed as a registry holds them."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """A layer.

    Attributes:
        name: what it holds.
        bytes: of its archive, uncompressed.
        compressed: bytes after gzip.
    """

    name: str
    bytes: int
    compressed: int


def weigh(layout: Path, names: Sequence[str]) -> list[Part]:
    """The layers of the one image in an OCI layout, lowest first.

    Args:
        layout: folder of the layout.
        names: of the layers.

    Raises:
        ValueError: there are more or fewer layers than names.
    """
    (entry,) = _read(layout / "index.json")["manifests"]
    layers = _read(_blob(layout, entry["digest"]))["layers"]
    return [
        Part(name, _unpacked(_blob(layout, layer["digest"])), layer["size"])
        for name, layer in zip(names, layers, strict=True)
    ]


def table(parts: Sequence[Part]) -> str:
    """The parts in MB (millions of bytes) as a table of Markdown, with their sum."""
    total = Part("together", sum(part.bytes for part in parts), sum(part.compressed for part in parts))
    rows = [
        f"| {part.name} | {part.bytes / 1e6:.1f} | {part.compressed / 1e6:.1f} |" for part in (*parts, total)
    ]
    return "\n".join(["| part | MB | MB compressed |", "|---|---|---|", *rows])


def _unpacked(blob: Path) -> int:
    count = 0
    with gzip.open(blob) as file:
        while chunk := file.read(_CHUNK):
            count += len(chunk)
    return count


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / digest.replace(":", "/")


def _read(path: Path) -> Any:
    return json.loads(path.read_text())
