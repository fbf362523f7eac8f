from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from foveate.bundle.load import untrained_bundle
from foveate.errors import BundleError, ConfigError, InputError
from foveate.evaluation import several
from foveate.evaluation.evaluate import Prepared, Request
from foveate.evaluation.run import Layout
from foveate.evaluation.several import prepare_all
from tests.engine.fake import bundle
from tests.engine.systems import recurrent, skipping
from tests.evaluation.bundles import changed


def request(listed: Path, folder: Path | None = None) -> Request:
    return Request(folder or untrained_bundle(), listed, Layout(listed.parent))


def test_each_is_prepared(listed: Path, tmp_path: Path) -> None:
    copy = changed(tmp_path / "copy", version="2")
    found = prepare_all([request(listed), request(listed, copy)])
    assert [one.bundle.manifest.version for one in found] == ["1", "2"]
    assert [len(one.videos) for one in found] == [4, 4]


def test_one_that_cannot_be_used_is_found_before_the_first_runs(listed: Path) -> None:
    with pytest.raises(BundleError, match="/nowhere"):
        prepare_all([request(listed), request(listed, Path("/nowhere"))])
    with pytest.raises(InputError, match="nothing"):
        prepare_all([request(listed), request(Path("nothing"))])


def test_other_numbers_of_classes_cannot_be_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [with_classes(10), with_classes(5)]
    monkeypatch.setattr(several, "prepare", lambda asked: found.pop(0))
    with pytest.raises(ConfigError, match="recurrent has 10 classes and recurrent has 5"):
        prepare_all([request(Path("list"))] * 2)


def with_classes(classes: int) -> Prepared:
    made = bundle(recurrent().model_copy(update={"classes": classes}))
    return Prepared(request(Path("list")), made, None, (), None)  # type: ignore[arg-type]


@pytest.fixture
def dropping(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Bundles are known by the names of their folders; what was prepared."""
    asked: list[Request] = []
    made = {"drops": bundle(skipping()), "drops-too": bundle(skipping()), "keeps": bundle(recurrent())}

    def prepare(one: Request) -> Prepared:
        asked.append(one)
        return Prepared(one, made[one.bundle.name], None, (), None)  # type: ignore[arg-type]

    monkeypatch.setattr(several, "prepare", prepare)
    monkeypatch.setattr(several, "load_bundle", lambda folder: made[folder.name])
    return asked


def asking(*names: str, file: Path | None = None) -> list[Request]:
    made = [request(Path("list"), Path(name)) for name in names]
    return [replace(one, keep_shares=(0.9, 0.5), keep_probabilities=file) for one in made]


def test_shares_are_asked_of_those_that_drop_patches(dropping: list[Request]) -> None:
    prepare_all(asking("keeps", "drops", file=Path("keep.npy")))
    keeps, drops = dropping
    assert (keeps.keep_shares, keeps.keep_probabilities, keeps.complete) == ((), None, True)
    assert (drops.keep_shares, drops.keep_probabilities) == ((0.9, 0.5), Path("keep.npy"))
    prepare_all(asking("drops", "drops-too"))
    assert [one.keep_shares for one in dropping[2:]] == [(0.9, 0.5)] * 2


def test_shares_that_fit_none_or_not_all(dropping: list[Request]) -> None:
    with pytest.raises(ConfigError, match="none of the bundles drops patches"):
        prepare_all(asking("keeps", "keeps"))
    with pytest.raises(ConfigError, match="those of one bundle, and 2 of these drop patches"):
        prepare_all(asking("drops", "keeps", "drops-too", file=Path("keep.npy")))


def test_one_alone_is_held_to_what_is_asked_of_it(listed: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="untrained drops no patches"):
        prepare_all([replace(request(listed), keep_shares=(0.5,))])
    np.save(tmp_path / "keep.npy", np.full(3, 0.5))
    with pytest.raises(ConfigError, match="are for shares of patches to keep, and none is asked for"):
        prepare_all([replace(request(listed), keep_probabilities=tmp_path / "keep.npy")])
