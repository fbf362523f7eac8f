import os
from pathlib import Path

import pytest

from foveate.bundle.hashes import sha256
from foveate.bundle.load import MANIFEST, read_labels, read_manifest
from foveate.bundle.writer import LABELS, staged, write_labels, write_manifest
from foveate.errors import ExportError
from tests.engine.systems import dense


def fill(folder: Path, text: str = "one") -> None:
    (folder / MANIFEST).write_text(text)


def fill_and_break(folder: Path) -> None:
    fill(folder)
    raise RuntimeError("broken")


def test_the_folder_is_there_only_when_the_block_has_ended(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "bundle"
    with staged(target, force=False) as folder:
        assert folder.parent == target.parent
        assert not target.exists()
        fill(folder)
    assert [path.name for path in target.parent.iterdir()] == ["bundle"]
    assert (target / MANIFEST).read_text() == "one"
    assert target.stat().st_mode & 0o777 == 0o755


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="broken"), staged(tmp_path / "bundle", force=False) as folder:
        fill_and_break(folder)
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_is_replaced_only_by_force(tmp_path: Path) -> None:
    target = tmp_path / "bundle"
    with staged(target, force=False) as folder:
        fill(folder)
    with pytest.raises(ExportError, match="--force replaces it"), staged(target, force=False):
        pass
    with staged(target, force=True) as folder:
        fill(folder, "two")
    assert (target / MANIFEST).read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_the_old_bundle_outlives_a_failed_replacement(tmp_path: Path) -> None:
    target = tmp_path / "bundle"
    with staged(target, force=False) as folder:
        fill(folder)
    with pytest.raises(RuntimeError), staged(target, force=True):
        raise RuntimeError
    assert (target / MANIFEST).read_text() == "one"


@pytest.mark.parametrize("force", [False, True])
def test_what_is_no_bundle_is_never_replaced(tmp_path: Path, force: bool) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("cat")
    (tmp_path / "file").write_text("text")
    for name in ("photos", "file"):
        with (
            pytest.raises(ExportError, match="is no bundle; it is left as it is"),
            staged(tmp_path / name, force),
        ):
            pass
    assert (tmp_path / "photos" / "cat.jpg").read_text() == "cat"


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    with staged(tmp_path / "bundle", force=False) as folder:
        fill(folder)
    assert (tmp_path / "bundle" / MANIFEST).exists()


def test_where_nothing_can_be_written_one_sentence_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(ExportError, match="nothing can be written beside"),
        staged(tmp_path / "file" / "b", False),
    ):
        pass


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="could not be written: No space"), staged(tmp_path / "b", False):
        raise OSError(28, os.strerror(28))
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_lists_every_file(tmp_path: Path) -> None:
    write_labels(tmp_path, ["eins", "zwei ü"])
    (tmp_path / "focus.onnx").write_bytes(b"graph")
    write_manifest(tmp_path, dense())
    manifest = read_manifest(tmp_path / MANIFEST)
    assert manifest.files == {name: sha256(tmp_path / name) for name in (LABELS, "focus.onnx")}
    assert manifest.plan == dense().plan
    assert read_labels(tmp_path / LABELS) == ("eins", "zwei ü")
