import gzip
import hashlib
import json
from pathlib import Path

import pytest

from tests.image.layers import Part, table, weigh


def put(layout: Path, data: bytes) -> dict[str, object]:
    digest = hashlib.sha256(data).hexdigest()
    (layout / "blobs/sha256" / digest).write_bytes(data)
    return {"digest": f"sha256:{digest}", "size": len(data)}


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """An image of two layers, of 2.5 MB of nothing and of ten bytes."""
    (tmp_path / "blobs/sha256").mkdir(parents=True)
    layers = [put(tmp_path, gzip.compress(data)) for data in (bytes(2_500_000), b"0123456789")]
    manifest = put(tmp_path, json.dumps({"layers": layers}).encode())
    (tmp_path / "index.json").write_text(json.dumps({"manifests": [manifest]}))
    return tmp_path


def test_layers_are_weighed_both_ways(layout: Path) -> None:
    first, second = weigh(layout, ("zeros", "digits"))
    assert (first.name, first.bytes) == ("zeros", 2_500_000)
    assert first.compressed == len(gzip.compress(bytes(2_500_000)))
    assert (second.bytes, second.compressed) == (10, len(gzip.compress(b"0123456789")))


@pytest.mark.parametrize("names", [("one",), ("one", "two", "three")])
def test_every_layer_must_be_known(layout: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="zip"):
        weigh(layout, names)


def test_the_table_adds_up() -> None:
    lines = table([Part("a", 1_000_000, 400_000), Part("b", 2_250_000, 1_100_000)]).splitlines()
    assert lines[2:] == ["| a | 1.0 | 0.4 |", "| b | 2.2 | 1.1 |", "| together | 3.2 | 1.5 |"]
