from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from foveate.bench.inputs import (
    Source,
    as_form,
    at_random,
    class_index,
    find_sources,
    in_turn,
    random_frames,
    read_items,
)
from foveate.errors import ConfigError
from tests.bench.made import ITEM

LABELS = ("cat", "dog", "0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deeper").mkdir()
    for name in ("b.mp4", "a.MKV", "deeper/c.gif", "notes.md"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def test_files_folders_and_lists(folder: Path) -> None:
    (folder / "list.txt").write_text("b.mp4\n\ndeeper/c.gif\n")
    (folder / "list.csv").write_text("label,path\ndog, b.mp4\n,a.MKV\n".replace(", ", ","))
    everything = [folder / "a.MKV", folder / "b.mp4", folder / "deeper/c.gif"]
    assert [source.path for source in find_sources([folder])] == everything
    assert find_sources([folder / "list.txt"]) == [Source(folder / "b.mp4"), Source(folder / "deeper/c.gif")]
    assert find_sources([folder / "list.csv"]) == [Source(folder / "b.mp4", "dog"), Source(folder / "a.MKV")]
    assert find_sources([folder / "notes.md", folder / "b.mp4"])[1] == Source(folder / "b.mp4")


def test_the_list_of_a_data_set(folder: Path) -> None:
    (folder / "clips.csv").write_text("file,label,split\nb.mp4,dog,train\na.MKV,cat,val\n")
    assert find_sources([folder / "clips.csv"]) == [
        Source(folder / "b.mp4", "dog"),
        Source(folder / "a.MKV", "cat"),
    ]


def test_lists_that_are_none(folder: Path) -> None:
    (folder / "list.csv").write_text("video,class\nb.mp4,dog\n")
    with pytest.raises(ConfigError, match="column file or path"):
        find_sources([folder / "list.csv"])
    (folder / "empty.txt").write_text("\n")
    with pytest.raises(ConfigError, match="holds no videos"):
        find_sources([folder / "empty.txt"])
    with pytest.raises(ConfigError, match=r"missing\.csv cannot be read"):
        find_sources([folder / "missing.csv"])


def test_files_are_read_with_their_kind_and_class(folder: Path) -> None:
    sources = [Source(folder / "b.mp4", "dog"), Source(folder / "a.MKV"), Source(folder / "deeper/c.gif")]
    items = read_items(sources, LABELS)
    assert [(item.name, item.body, item.label) for item in items] == [
        ("b.mp4", b"b.mp4", 1),
        ("a.MKV", b"a.MKV", None),
        ("c.gif", b"deeper/c.gif", None),
    ]
    kinds = [item.headers["Content-Type"] for item in items]
    assert kinds == ["video/mp4", "video/x-matroska", "image/gif"]
    with pytest.raises(ConfigError, match=r"none\.mp4 cannot be read: No such file"):
        read_items([Source(folder / "none.mp4")], LABELS)


@pytest.mark.parametrize(("label", "index"), [("dog", 1), ("1", 1), ("0", 2), (None, None)])
def test_a_class_by_name_or_number(label: str | None, index: int | None) -> None:
    assert class_index(label, LABELS) == index


@pytest.mark.parametrize("label", ["bird", "3", "-1", ""])
def test_classes_that_the_model_lacks(label: str) -> None:
    with pytest.raises(ConfigError, match="no class"):
        class_index(label, LABELS)


def test_random_frames() -> None:
    items, again = (random_frames(3, 4, 5, seed=1) for _ in range(2))
    assert items == again != random_frames(3, 4, 5, seed=2)
    assert items[0].headers == {"Content-Type": "application/octet-stream", "X-Shape": "3,4,5,3"}
    assert {len(item.body) for item in items} == {3 * 4 * 5 * 3}
    assert len({item.body for item in items}) == len(items) > 1
    pixels = np.frombuffer(items[0].body, np.uint8)
    assert pixels.max() > 200 > 50 > pixels.min()


def test_too_many_random_frames() -> None:
    message = "1000000 frames of 1000 x 1000 pixels are more than 1 GiB a request"
    with pytest.raises(ConfigError, match=message):
        random_frames(1_000_000, 1000, 1000, seed=1)


def test_in_turn_and_by_chance() -> None:
    items = random_frames(1, 1, 1, seed=0)
    assert list(islice(in_turn(items), 6)) == [*items, *items[:2]]
    first, again, other = (list(islice(at_random(items, seed), 20)) for seed in (1, 1, 2))
    assert first == again != other


def test_a_form_holds_the_same_file() -> None:
    form = as_form(ITEM)
    kind, _, boundary = form.headers["Content-Type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    head, _, rest = form.body.partition(b"\r\n\r\n")
    assert head.startswith(f"--{boundary}\r\n".encode())
    assert b'name="file"' in head
    assert rest == ITEM.body + f"\r\n--{boundary}--\r\n".encode()
