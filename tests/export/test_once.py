from collections.abc import Callable
from pathlib import Path

import pytest

from tests.export.once import Once


def test_a_folder_is_made_once_whoever_asks(tmp_path: Path) -> None:
    calls: list[str] = []

    def make(folder: Path, say: Callable[[str], None]) -> None:
        calls.append(folder.name)
        (folder / "file").write_text("made")
        say("so far")
        say("done")

    for _ in range(2):
        folder, said = Once(tmp_path).made("bundle", make)
        assert (folder / "file").read_text() == "made"
        assert said == ("so far", "done")
    assert calls == ["bundle"]


def test_what_failed_is_made_anew(tmp_path: Path) -> None:
    def fail(folder: Path, say: Callable[[str], None]) -> None:
        (folder / "half").touch()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        Once(tmp_path).made("bundle", fail)
    folder, said = Once(tmp_path).made("bundle", lambda folder, say: None)
    assert (list(folder.iterdir()), said) == ([], ())
