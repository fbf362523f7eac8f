import os
from pathlib import Path

import pytest

from tests.image import check, machine


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("sources.list", "# deb http://no/\ndeb [signed-by=/k.gpg] http://mirror/debian bookworm main\n"),
        ("sources.list", "deb http://mirror/debian bookworm main\ndeb http://other/ bookworm main\n"),
        ("sources.list.d/debian.sources", "Types: deb\nURIs: http://mirror/debian\nSuites: bookworm\n"),
    ],
)
def test_the_mirror_of_this_machine_is_used(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / file).write_text(text)
    assert machine.debian_mirror(tmp_path) == ["http://mirror/debian"]


def test_elsewhere_debootstrap_knows_one(tmp_path: Path) -> None:
    assert machine.debian_mirror(tmp_path) == []


def test_the_way_to_the_registry_is_lent_and_folders_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    assert machine.pip_secrets(tmp_path) == [f"--secret=id=pip,src={tmp_path}/pip.conf"]
    assert (tmp_path / "pip.conf").read_text() == "[global]\n"
    monkeypatch.setenv("PIP_INDEX_URL", "https://me:secret@mirror/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "file:///here https://second/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "/wheels")
    monkeypatch.setenv("PIP_CERT", "/here/ca.crt")
    assert machine.pip_secrets(tmp_path)[1:] == ["--secret=id=ca,src=/here/ca.crt"]
    file = tmp_path / "pip.conf"
    assert file.read_text().splitlines() == [
        "[global]",
        "index-url = https://me:secret@mirror/simple",
        "extra-index-url = https://second/simple",
        "cert = /run/secrets/ca",
    ]
    assert file.stat().st_mode & 0o077 == 0


def test_a_machine_that_cannot_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert check.main([]) == 0
    assert "images not checked: " in capsys.readouterr().out
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", "")
    assert check.main(["cpu"]) == 0
    assert "not installed: buildah, debootstrap" in capsys.readouterr().out


def test_an_unknown_target_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        check.main(["tpu"])
    assert ended.value.code == 2
    assert "no such target: tpu" in capsys.readouterr().err
