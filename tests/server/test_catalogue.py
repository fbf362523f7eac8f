import shutil
from pathlib import Path

import pytest

from foveate.bundle.load import untrained_bundle
from foveate.errors import BundleError, ConfigError, UnavailableError
from server.catalogue import Catalogue
from server.errors import Problems, Refusal
from server.model import load_model
from tests.server.live import with_exits


def test_models_are_found_by_name_and_the_first_is_the_default(tmp_path: Path) -> None:
    catalogue = Catalogue.load([untrained_bundle(), with_exits(tmp_path / "b")])
    assert [model.name for model in catalogue] == ["untrained", "with-exits"]
    assert catalogue.find(None).name == "untrained"
    assert catalogue.find("with-exits").plan.manifest.exits is not None
    with pytest.raises(Refusal) as caught:
        catalogue.find("other")
    assert caught.value.kind is Problems.UNKNOWN_MODEL
    assert catalogue.default.pages == 16
    assert catalogue.default.page_bytes == 224 * 224 * 3


def test_all_bundles_of_a_folder_are_served(tmp_path: Path) -> None:
    for name in ("second", "first"):
        with_exits(tmp_path / name, name)
    catalogue = Catalogue.load([tmp_path])
    assert [model.name for model in catalogue] == ["first", "second"]


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="two bundles are named untrained"):
        Catalogue.load([untrained_bundle(), untrained_bundle()])


def test_an_altered_file_is_found(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(untrained_bundle(), tmp_path / "b"))
    (folder / "labels.txt").write_text("\n".join(f"other {i}" for i in range(10)))
    with pytest.raises(BundleError, match=r"labels\.txt was altered"):
        Catalogue.load([folder])


def test_what_is_exchanged_is_kept_as_long_as_it_is_leased(tmp_path: Path) -> None:
    old = load_model(untrained_bundle())
    other = load_model(with_exits(tmp_path / "b"))
    catalogue = Catalogue([old, other])
    new = load_model(untrained_bundle(), 1)
    with catalogue.lease(old):
        with catalogue.lease(old):
            assert catalogue.exchange([other, new]) == [old]
        assert not catalogue.let_go(old)
        assert catalogue.find("untrained") is new
        assert catalogue.default is other
    assert catalogue.let_go(old)
    with pytest.raises(UnavailableError, match="exchanged meanwhile"), catalogue.lease(old):
        pass
    with catalogue.lease(new):
        pass
    with pytest.raises(ConfigError, match="two bundles are named untrained"):
        catalogue.exchange([new, old])
    assert catalogue.find(None) is other
