"""Every graph of every system goes through TensorRT's parser and compiler.

The bundles that other tests export are compiled where they are made; here are those of the session, and what
none of them has.
"""

from pathlib import Path

import pytest

from export.graphs import write_graphs
from foveate.tensorrt.flavour import Flavour
from tests.device.on_meta import assert_stays_on_device
from tests.export.conftest import Exported
from tests.export.drafts import small_drafts
from tests.tensorrt.compiled import assert_compiles, assert_graph_compiles

SESSION = ("small", "small_mean", "small_tsm", "small_v2", "small_uni_2d", "small_uni_tsm", "small_uni_x3d")
ELSEWHERE = {"ocsampler", "tsn", "tsm-plus", "x3d"}
OTHERS = {
    "tsm discrete": ["policy.onnx"],
    "v2 res50": ["glance.onnx"],
    "v2 tsm": ["policy.onnx"],
    "dense tsm": ["focus.onnx", "classifier.onnx"],
}


@pytest.mark.parametrize("name", SESSION)
def test_a_bundle_compiles(name: str, request: pytest.FixtureRequest, rtx: Flavour) -> None:
    exported: Exported = request.getfixturevalue(name)
    assert_compiles(exported.bundle, rtx)


@pytest.mark.parametrize("name", OTHERS)
def test_what_differs_in_a_system_compiles(name: str, tmp_path: Path, rtx: Flavour) -> None:
    specs = [spec for spec in small_drafts()[name].specs if spec.file in OTHERS[name]]
    assert len(specs) == len(OTHERS[name])
    for forms in write_graphs(specs, tmp_path, "fp16", lambda _: None).values():
        for graph in forms.values():
            assert_graph_compiles(tmp_path / graph.file, graph, rtx)
            assert_stays_on_device(tmp_path / graph.file, graph)


def test_no_system_is_left_out(request: pytest.FixtureRequest) -> None:
    met = {request.getfixturevalue(name).bundle.manifest.provenance.system for name in SESSION}
    met |= ELSEWHERE | {small_drafts()[name].system for name in OTHERS}
    assert {draft.system for draft in small_drafts().values()} <= met
