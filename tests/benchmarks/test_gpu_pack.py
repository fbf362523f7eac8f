"""What is packed for a GPU machine, and what all of it weighs."""

import subprocess
from pathlib import Path

import pytest

from benchmarks.gpu.pack import PACKAGES, VIDEO, pack, pinned, verdict, weights
from benchmarks.gpu.steps import PROVIDER
from foveate.errors import ConfigError

MIB = 2**20


def test_packages_are_those_of_the_constraints() -> None:
    found = pinned(PACKAGES, Path("constraints.txt"))
    assert len(found) == len(PACKAGES)
    assert any(name.startswith("pydantic-core==") for name in found)
    assert pinned(("no-such-package",), Path("constraints.txt")) == ["no-such-package"]


def test_a_folder_without_golden_sets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no golden sets"):
        pack(tmp_path / "out", tmp_path, "3.12")


@pytest.mark.parametrize("ignored", [True, False])
def test_the_repository_is_weighed_too(tmp_path: Path, ignored: bool) -> None:
    subprocess.run(("git", "init", "-q", str(tmp_path)), check=True)
    files = {
        ".gitignore": b"/.gpu/" if ignored else b"/other/",
        "tracked": bytes(1000),
        "untracked": bytes(300),
        "other/ignored": bytes(0 if ignored else 7000),
        ".gpu/wheels/av-18.1.0-x.whl": bytes(50),
        ".gpu/wheels/h11.whl": bytes(5),
        ".gpu/clips/clip.mp4": bytes(20),
        ".gpu/golden/one.json": bytes(2),
        f".gpu/{PROVIDER}": bytes(70),
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    subprocess.run(("git", "-C", str(tmp_path), "add", "tracked"), check=True)
    found = weights(tmp_path, tmp_path / ".gpu")
    own = len(files[".gitignore"])
    assert list(found.values()) == [1300 + own, 7, 70, 70]


def test_where_there_is_no_repository_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(ConfigError, match="git does not say what is in"):
        weights(tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("video", "provider", "advice"),
    [
        (34, 0, None),
        (34, 58, f"it fits without {PROVIDER}"),
        (34, 20, f"it fits without {VIDEO}"),
        (64, 64, f"it fits without {VIDEO} and {PROVIDER}"),
    ],
)
def test_what_is_too_much_is_said_and_what_to_leave_out(
    video: int, provider: int, advice: str | None
) -> None:
    found = {"the repository": 20 * MIB, VIDEO: video * MIB, PROVIDER: provider * MIB}
    fits, line = verdict(found, 64 * MIB)
    assert fits is (advice is None)
    assert "the repository 20.0" in line
    assert advice is None or line.endswith(advice)


def test_a_repository_that_is_too_much_alone_is_said_to_be() -> None:
    found = {"the repository": 65 * MIB, VIDEO: 0, PROVIDER: 0}
    assert verdict(found, 64 * MIB)[1].endswith("nothing can be left out that helps")
