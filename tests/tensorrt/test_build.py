import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from foveate.errors import BundleError, ConfigError
from foveate.tensorrt.build import BuildOptions, build_engine
from foveate.tensorrt.flavour import Flavour, FlavourName, flavour
from foveate.tensorrt.profiles import ranges
from foveate.tensorrt.said import collector
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
    said = collector(rtx.load())
    with pytest.raises(BundleError, match=r"broken\.onnx cannot be parsed by TensorRT-RTX: "):
        build_engine(rtx, tmp_path / "broken.onnx", DOUBLE, ranges(1), options=BuildOptions(said=said))
    assert said.told() != "it does not say why"


def test_a_graph_that_is_not_the_manifests(tmp_path: Path, rtx: Flavour) -> None:
    wide = DOUBLE.inputs[0].model_copy(update={"shape": (4,)})
    other = DOUBLE.model_copy(update={"inputs": (wide,)})
    with pytest.raises(BundleError, match=r"double\.onnx: x is .*, not the manifest's"):
        build_engine(rtx, write_double(tmp_path / "double.onnx"), other, ranges(1))


class Times:
    """TensorRT's cache of measured times, as a configuration makes, takes and refuses it."""

    def __init__(self, blob: bytes, after: bytes | None) -> None:
        self.blob, self._after = blob, after

    def serialize(self) -> bytes | None:
        return self._after


class Config:
    """A configuration of TensorRT's builder; what it was told."""

    def __init__(self, takes: tuple[bytes, ...], makes: tuple[bytes, ...], after: bytes | None) -> None:
        self.told: list[object] = []
        self.progress_monitor: object = None
        self._takes, self._makes, self._after = takes, makes, after

    def create_timing_cache(self, blob: bytes) -> Times | None:
        return Times(blob, self._after) if blob in self._makes else None

    def set_timing_cache(self, cache: Times, ignore_mismatch: bool) -> bool:
        # The bindings take nothing else.
        assert isinstance(cache, Times)
        return not ignore_mismatch and cache.blob in self._takes

    def set_memory_pool_limit(self, pool: str, size: int) -> None:
        self.told.append((pool, size))

    def clear_flag(self, flag: str) -> None:
        self.told.append(flag)

    def add_optimization_profile(self, profile: object) -> int:
        return 0


def full_library(monkeypatch: pytest.MonkeyPatch, rtx: Flavour, config: Config) -> Flavour:
    """TensorRT, which needs a GPU to build, with the parser of TensorRT-RTX."""
    library = rtx.load()

    class Builder:
        def __init__(self, said: object) -> None:
            self._real = library.Builder(said)

        def create_network(self, flags: int) -> object:
            return self._real.create_network(flags)

        def create_optimization_profile(self) -> object:
            return self._real.create_optimization_profile()

        def create_builder_config(self) -> Config:
            return config

        def build_serialized_network(self, network: object, given: Config) -> bytes:
            assert given is config
            assert config.progress_monitor is not None
            return b"engine"

    found = SimpleNamespace(**{name: getattr(library, name) for name in dir(library) if name[0].isupper()})
    found.__version__, found.Builder = "11.4.0", Builder
    monkeypatch.setitem(sys.modules, "tensorrt", found)
    return flavour(FlavourName.TENSORRT)


@pytest.mark.parametrize(
    ("takes", "makes", "after", "wanted"),
    [
        ((b"old", b""), (b"old", b""), b"new", b"new"),
        ((b"",), (b"old", b""), b"new", b"new"),  # measured on another GPU
        ((b"",), (b"",), b"new", b"new"),  # no such file of times
        ((), (b"old", b""), b"new", None),
        ((b"old",), (b"old",), None, None),
    ],
)
def test_measured_times_never_fail_a_build(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rtx: Flavour,
    takes: tuple[bytes, ...],
    makes: tuple[bytes, ...],
    after: bytes | None,
    wanted: bytes | None,
) -> None:
    config = Config(takes, makes, after)
    full = full_library(monkeypatch, rtx, config)
    path, used = write_double(tmp_path / "double.onnx"), []
    options = BuildOptions(use=lambda: used.append(threading.current_thread().name))
    built = build_engine(full, path, DOUBLE, ranges(4), b"old", options)
    assert (built.engine, built.timing) == (b"engine", wanted)
    assert used == ["engine-build"]
    assert config.told == [rtx.load().BuilderFlag.TF32, (rtx.load().MemoryPoolType.WORKSPACE, 4 << 30)]
