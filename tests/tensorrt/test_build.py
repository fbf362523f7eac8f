from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from foveate.errors import BundleError, ConfigError
from foveate.tensorrt.build import BuildOptions, build_engine
from foveate.tensorrt.flavour import Flavour
from foveate.tensorrt.profiles import ranges
from tests.runtimes.made import DOUBLE, write_double


def test_a_graph_becomes_an_engine_with_its_profiles(tmp_path: Path, rtx: Flavour) -> None:
    built = build_engine(rtx, write_double(tmp_path / "double.onnx"), DOUBLE, ranges(8))
    assert len(built.engine) > 1000
    x, *outputs = built.tensors
    assert (x.name, x.mode, x.dtype, x.shape) == ("x", "input", "float32", (-1, 3))
    assert x.profiles == (((1, 3), (4, 3), (4, 3)), ((6, 3), (8, 3), (8, 3)))
    assert {(each.name, each.shape) for each in outputs} == {("twice", (-1, 3)), ("plus", (-1, 3))}
    assert (built.timing, built.seconds > 0) == (None, True)


def test_an_engine_for_a_named_gpu_is_another(tmp_path: Path, rtx: Flavour) -> None:
    path = write_double(tmp_path / "double.onnx", np.float16)
    options = BuildOptions(capabilities=("8.9",))
    one = build_engine(rtx, path, DOUBLE, ranges(1), options=options)
    assert one.engine != build_engine(rtx, path, DOUBLE, ranges(1)).engine
    with pytest.raises(ConfigError, match="does not compile for 3"):
        build_engine(rtx, path, DOUBLE, ranges(1), options=BuildOptions(capabilities=("3.5",)))


def test_a_node_that_cannot_be_parsed_is_named(tmp_path: Path, rtx: Flavour) -> None:
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 3]) for name in "xy")
    node = helper.make_node("Reciprocate", ["x"], ["y"], name="the culprit", domain="somebody.else")
    made = helper.make_graph([node], "g", [x], [y])
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("somebody.else", 1)]
    onnx.save(helper.make_model(made, opset_imports=opsets, ir_version=10), tmp_path / "odd.onnx")
    wanted = r"odd\.onnx cannot be parsed by TensorRT-RTX: node the culprit \(Reciprocate\): "
    with pytest.raises(BundleError, match=wanted) as caught:
        build_engine(rtx, tmp_path / "odd.onnx", DOUBLE, ranges(1))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_graph(tmp_path: Path, rtx: Flavour) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"not a graph")
    with pytest.raises(BundleError, match=r"broken\.onnx cannot be parsed by TensorRT-RTX: "):
        build_engine(rtx, tmp_path / "broken.onnx", DOUBLE, ranges(1))


def test_a_graph_that_is_not_the_manifests(tmp_path: Path, rtx: Flavour) -> None:
    wide = DOUBLE.inputs[0].model_copy(update={"shape": (4,)})
    other = DOUBLE.model_copy(update={"inputs": (wide,)})
    with pytest.raises(BundleError, match=r"double\.onnx: x is .*, not the manifest's"):
        build_engine(rtx, write_double(tmp_path / "double.onnx"), other, ranges(1))
