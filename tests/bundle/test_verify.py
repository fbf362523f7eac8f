import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foveate.bundle.hashes import sha256
from foveate.bundle.load import MANIFEST, load_bundle, untrained_bundle
from foveate.bundle.verify import verify


def problems(folder: Path) -> dict[str, str]:
    return {f.what: f.problem for f in verify(load_bundle(folder)) if f.problem}


def rehash(folder: Path, name: str, edit: Any = None) -> None:
    """Make the manifest agree with a file's bytes, and change it further."""
    path = folder / MANIFEST
    data = json.loads(path.read_text())
    data["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    if edit:
        edit(data)
    path.write_text(json.dumps(data))


def test_the_untrained_bundle_is_well() -> None:
    findings = list(verify(load_bundle(untrained_bundle())))
    assert [f for f in findings if f.problem] == []
    assert len(findings) == 2 + 7 + 6 * 4


def test_one_changed_bit_is_found(copy: Path) -> None:
    path = copy / "glance.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert "glance.onnx: hash" in problems(copy)
    assert sha256(path) in problems(copy)["glance.onnx: hash"]


def test_a_surplus_file_is_found(copy: Path) -> None:
    (copy / "notes.txt").write_text("hello")
    assert problems(copy) == {"no surplus files": "not in the manifest: notes.txt"}


def test_a_graph_that_does_not_open(copy: Path) -> None:
    (copy / "focus.onnx").write_bytes(b"not a graph")
    rehash(copy, "focus.onnx")
    assert list(problems(copy)) == ["focus.onnx: opens"]


def test_a_graph_in_anothers_place(copy: Path) -> None:
    (copy / "focus.onnx").write_bytes((copy / "policy.onnx").read_bytes())
    rehash(copy, "focus.onnx")
    assert (
        "the graph has ['map'], the manifest ['pixels']" in problems(copy)["focus.onnx: inputs and outputs"]
    )


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ({"shape": [20]}, "has the shape"),
        ({"dtype": "float16"}, "is tensor(float), the manifest has float16"),
    ],
)
def test_a_port_that_differs_is_found(copy: Path, output: dict[str, Any], message: str) -> None:
    def edit(data: dict[str, Any]) -> None:
        data["networks"]["policy"]["forms"]["step"]["outputs"][2].update(output)

    rehash(copy, "policy_step.onnx", edit)
    (problem,) = problems(copy).values()
    assert message in problem


def test_values_that_are_not_finite_are_found(copy: Path) -> None:
    onnx = pytest.importorskip("onnx")
    path = copy / "classifier_step.onnx"
    model = onnx.load(path)
    bias = next(t for t in model.graph.initializer if list(t.dims) == [10])
    spoilt = np.full(10, np.inf, onnx.numpy_helper.to_array(bias).dtype)
    bias.CopyFrom(onnx.numpy_helper.from_array(spoilt, bias.name))
    onnx.save(model, path)
    rehash(copy, "classifier_step.onnx")
    assert set(problems(copy).values()) == {"logits has values that are not finite"}
