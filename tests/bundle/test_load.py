import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from foveate.bundle.load import MANIFEST, load_bundle, read_labels, read_manifest, untrained_bundle
from foveate.errors import BundleError


def test_the_untrained_bundle_loads() -> None:
    bundle = load_bundle(untrained_bundle())
    assert len(bundle.labels) == bundle.manifest.classes == 10
    assert bundle.labels[0] == "class 0"
    assert bundle.folder == untrained_bundle()


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    path = folder / MANIFEST
    data = json.loads(path.read_text())
    edit(data)
    path.write_text(json.dumps(data))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda d: d.update(colour="red"), r"colour: Extra inputs are not permitted"),
        (lambda d: d.update(format=2), r"format: Input should be 1"),
        (lambda d: d["plan"].pop("steps"), r"plan\.steps: Field required"),
        (lambda d: d["sampling"].update(rule="at random"), r"sampling\.rule: Input should be"),
        (
            lambda d: d["plan"].update(candidates=[99]),
            r"cannot be used: plan\.candidates names an entry beyond",
        ),
        (lambda d: d["files"].pop("focus.onnx"), r"files does not list focus\.onnx"),
        (lambda d: d.update(labels="../labels.txt"), r"labels: String should match pattern"),
        (lambda d: d.update(labels="other.txt"), r"files does not list other\.txt"),
    ],
)
def test_a_wrong_manifest_is_refused_in_one_line(
    copy: Path, edit: Callable[[dict[str, Any]], object], message: str
) -> None:
    change(copy, edit)
    with pytest.raises(BundleError, match=message) as caught:
        load_bundle(copy)
    assert "\n" not in str(caught.value)
    assert str(copy) in str(caught.value)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "9" * 5000])
def test_json_that_cannot_be_read_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(BundleError, match=r"manifest\.json is not a manifest") as caught:
        load_bundle(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"there is no bundle at .*none"):
        load_bundle(tmp_path / "none")


def test_a_missing_manifest(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"manifest\.json is missing"):
        load_bundle(tmp_path)


def test_bad_json_is_placed(copy: Path) -> None:
    (copy / MANIFEST).write_text('{\n  "format": 1,\n  oops\n}')
    with pytest.raises(BundleError, match=r"no JSON: .* at line 3, column 3"):
        load_bundle(copy)


def test_bytes_that_are_no_text(copy: Path) -> None:
    (copy / MANIFEST).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BundleError, match="is not UTF-8 text"):
        read_manifest(copy / MANIFEST)


def test_a_missing_graph(copy: Path) -> None:
    (copy / "focus.onnx").unlink()
    with pytest.raises(BundleError, match=r"cannot be used: focus\.onnx is missing"):
        load_bundle(copy)


def test_a_label_too_few(copy: Path) -> None:
    (copy / "labels.txt").write_text("one\ntwo\n")
    with pytest.raises(BundleError, match=r"labels\.txt names 2 classes, and the manifest has 10"):
        load_bundle(copy)


def test_labels_are_trimmed_text_lines(tmp_path: Path) -> None:
    path = tmp_path / "labels"
    path.write_bytes("Tür öffnen\r\n drink water \nrun\n\n".encode())
    assert read_labels(path) == ("Tür öffnen", "drink water", "run")
    path.write_text("a\n\nb\n")
    with pytest.raises(BundleError, match="empty line at 2"):
        read_labels(path)
