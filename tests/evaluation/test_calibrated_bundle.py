import os
from pathlib import Path

import pytest

from foveate.bundle.load import MANIFEST, load_bundle, untrained_bundle
from foveate.bundle.manifest import Exits
from foveate.bundle.verify import verify
from foveate.errors import BundleError, ConfigError, ExportError
from foveate.evaluation.calibrated_bundle import check_place, with_exits, write_exits
from tests.engine.parts import exits
from tests.engine.systems import v2_exits


@pytest.fixture
def made() -> Exits:
    return Exits.model_validate(exits(list(load_bundle(untrained_bundle()).manifest.cost.nominal)))


@pytest.fixture
def calibrated(tmp_path: Path, made: Exits) -> Path:
    return write_exits(load_bundle(untrained_bundle()), made, tmp_path / "out", False)


def test_a_copy_verifies_and_says_its_source(calibrated: Path, made: Exits) -> None:
    bundle = load_bundle(calibrated)
    assert bundle.manifest.exits == made
    findings = list(verify(bundle))
    assert [finding for finding in findings if finding.problem] == []
    assert "exits: 1 settings by largest-logit, from made up" in {finding.what for finding in findings}
    assert load_bundle(untrained_bundle()).manifest.exits is None


def test_a_folder_of_ones_own_is_changed_in_place(calibrated: Path, made: Exits) -> None:
    before = {path.name: path.stat().st_ino for path in calibrated.iterdir()}
    other = made.model_copy(update={"source": "another"})
    assert write_exits(load_bundle(calibrated), other, None, False) == calibrated
    after = {path.name: path.stat().st_ino for path in calibrated.iterdir()}
    assert {name for name in before if before[name] != after[name]} <= {MANIFEST}
    assert before.keys() == after.keys()
    assert load_bundle(calibrated).manifest.exits == other
    assert write_exits(load_bundle(calibrated), made, calibrated, False) == calibrated
    assert load_bundle(calibrated).manifest.exits == made


def test_a_failure_leaves_the_old_manifest(
    calibrated: Path, made: Exits, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, os.strerror(28))

    before = (calibrated / MANIFEST).read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    for out in (None, calibrated.parent / "new"):
        with pytest.raises(ExportError, match="could not be written: No space"):
            write_exits(load_bundle(calibrated), made, out, False)
    assert (calibrated / MANIFEST).read_bytes() == before
    assert [path.name for path in calibrated.parent.iterdir()] == [calibrated.name]
    assert not [path for path in calibrated.iterdir() if path.name.startswith(".")]


def test_versions_tell_exits_apart(made: Exits) -> None:
    plain = v2_exits()
    fitting = Exits.model_validate(exits(list(plain.cost.nominal)))
    first = with_exits(plain, fitting)
    assert first.version.startswith("1-exits.")
    assert with_exits(first, fitting).version == first.version
    other = with_exits(first, fitting.model_copy(update={"source": "another"}))
    assert other.version.startswith("1-exits.")
    assert other.version != first.version
    long = plain.model_copy(update={"version": "v" * 64})
    assert len(with_exits(long, fitting).version) == 64


def test_exits_of_another_bundle_are_refused(made: Exits) -> None:
    with pytest.raises(BundleError, match=r"settings\.0 costs"):
        with_exits(v2_exits(), made)


def test_places_that_may_not_be_written(calibrated: Path) -> None:
    embedded = load_bundle(untrained_bundle())
    for bundle, out in (
        (embedded, None),
        (embedded, untrained_bundle()),
        (load_bundle(calibrated), untrained_bundle()),
    ):
        with pytest.raises(ConfigError, match="an embedded bundle is left as it is"):
            check_place(bundle, out, True)
    with pytest.raises(ExportError, match="--force replaces it"):
        check_place(embedded, calibrated, False)
    check_place(embedded, calibrated, True)


def test_an_altered_bundle_is_not_made_whole(calibrated: Path, made: Exits) -> None:
    (calibrated / "focus.onnx").write_bytes(b"another")
    with pytest.raises(BundleError, match=r"focus\.onnx was altered"):
        write_exits(load_bundle(calibrated), made, None, False)


def test_a_link_that_leads_round_is_refused(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to("loop")
    with pytest.raises(ConfigError, match="loop leads nowhere: "):
        check_place(load_bundle(untrained_bundle()), loop, force=True)
