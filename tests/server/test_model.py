import shutil
from pathlib import Path

import pytest

from foveate.bundle.load import untrained_bundle
from foveate.errors import BundleError
from server.model import folders_of, load_model, name_of
from tests.server.live import with_exits


def test_a_model_is_what_its_folder_held_when_it_was_read(tmp_path: Path) -> None:
    one = Path(shutil.copytree(untrained_bundle(), tmp_path / "one"))
    link = tmp_path / "now"
    link.symlink_to(one)
    model = load_model(link, 7)
    assert (model.name, model.key, name_of(model.key)) == ("untrained", "untrained#7", "untrained")
    assert model.bundle.folder == one
    assert (model.pages, model.page_bytes) == (16, 224 * 224 * 3)
    assert load_model(untrained_bundle()).sha256 == model.sha256
    assert load_model(with_exits(tmp_path / "other")).sha256 != model.sha256


def test_a_folder_that_is_not_there_is_named_as_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    with pytest.raises(BundleError, match=f"{tmp_path}/nowhere"):
        load_model(tmp_path / "nowhere")


def test_a_folder_of_bundles_stands_for_all_in_it(tmp_path: Path) -> None:
    for name in ("b", "a"):
        with_exits(tmp_path / name, name)
    (tmp_path / "notes").mkdir()
    assert folders_of(tmp_path) == [tmp_path / "a", tmp_path / "b"]
    assert folders_of(tmp_path / "a") == [tmp_path / "a"]
    for empty in (tmp_path / "notes", tmp_path / "none"):
        assert folders_of(empty) == [empty]
