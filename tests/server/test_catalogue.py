import shutil
from pathlib import Path

import pytest

from foveate.bundle.load import untrained_bundle
from foveate.errors import BundleError, ConfigError
from server.catalogue import Catalogue
from server.errors import Problems, Refusal
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


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="two bundles are named untrained"):
        Catalogue.load([untrained_bundle(), untrained_bundle()])


def test_an_altered_file_is_found(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(untrained_bundle(), tmp_path / "b"))
    (folder / "labels.txt").write_text("\n".join(f"other {i}" for i in range(10)))
    with pytest.raises(BundleError, match=r"labels\.txt was altered"):
        Catalogue.load([folder])
