from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foveate.bundle.load import Bundle, load_bundle, untrained_bundle
from foveate.engine.executor import ChecksBundles
from foveate.errors import BundleError, ConfigError
from foveate.runtimes.base import RuntimeInfo
from foveate.runtimes.gpu import Gpu
from foveate.runtimes.wish import Wish
from foveate.tensorrt import runtime as module
from foveate.tensorrt import store as stores
from foveate.tensorrt.build import BuildOptions
from foveate.tensorrt.cache import EngineCache, read_record
from foveate.tensorrt.flavour import Flavour, FlavourName, Target, flavour
from foveate.tensorrt.runtime import TensorRtRuntime, make_rtx, make_tensorrt
from foveate.tensorrt.store import EngineStore
from tests.runtimes.made import DOUBLE, write_double
from tests.tensorrt.made import Engine, HostDevice, Library, built

INFO = RuntimeInfo("TensorRT", "cuda:0", "why")


class Machine:
    """A GPU with a library that takes the engines it is told to take."""

    def __init__(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        refuses: int = 0,
        name: FlavourName = FlavourName.TENSORRT,
    ) -> None:
        self.device = HostDevice()
        self.builds = 0
        self.starts = True
        self._refuses = refuses
        library = Library(self._load)
        monkeypatch.setattr(Flavour, "load", lambda flavour: library)
        monkeypatch.setattr(stores, "build_engine", self._build)
        chosen = flavour(name)
        store = EngineStore(chosen, Target("Some GPU"), EngineCache(folder / "cache"), BuildOptions())
        self.runtime = TensorRtRuntime(store, self.device, Wish(max_videos=8), INFO)
        self.path = write_double(folder / "double.onnx")

    def _build(self, *arguments: Any) -> Any:
        self.builds += 1
        # The library talks to one logger only.
        assert arguments[-1].said is self.runtime._said
        return built()

    def _load(self, said: Any, data: bytes) -> Engine | None:
        self._refuses -= 1
        if self._refuses >= 0:
            said.log(1, "built for something else")
            return None
        self.engine = Engine(self.device, 8)
        self.engine.starts = self.starts
        return self.engine


def test_a_graph_is_built_loaded_and_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(tmp_path, monkeypatch)
    assert machine.runtime.info is INFO
    for _ in range(3):
        loaded = machine.runtime.load(machine.path, DOUBLE)
    # Those of engines that have gone are not counted.
    assert machine.runtime.info.name == "TensorRT, 6 of 6 batch sizes as CUDA graphs"
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(loaded.run({"x": x})[1], 3 * x)
    assert machine.builds == 1


def test_an_engine_that_is_refused_is_built_anew_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(tmp_path, monkeypatch, refuses=1)
    machine.runtime.load(machine.path, DOUBLE)
    assert machine.builds == 2
    (tmp_path / "worse").mkdir()
    worse = Machine(tmp_path / "worse", monkeypatch, refuses=2)
    with pytest.raises(BundleError, match=r"cannot be loaded: built for something else$"):
        worse.runtime.load(worse.path, DOUBLE)


def test_an_engine_that_does_not_run_is_an_error_of_its_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(tmp_path, monkeypatch)
    machine.starts = False
    with pytest.raises(BundleError, match=r"double\.onnx does not run: double\.onnx: a batch of 1 could not"):
        machine.runtime.load(machine.path, DOUBLE)


def test_kernels_that_are_compiled_at_run_time_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(tmp_path, monkeypatch, name=FlavourName.RTX)
    loaded = machine.runtime.load(machine.path, DOUBLE)
    assert [path.read_bytes() for path in (tmp_path / "cache").glob("*.kernels")] == [b"kernels of this GPU"]
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(loaded.run({"x": x})[0], 2 * x)
    assert machine.engine.settings is not None
    assert machine.engine.settings.cuda_graph_strategy == "none"
    assert (machine.runtime.info.name, machine.device.launches) == ("TensorRT", 0)
    machine.runtime.load(machine.path, DOUBLE)
    assert machine.engine.settings.kernels.taken == [b"kernels of this GPU"]


def test_a_library_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(tmp_path, monkeypatch)

    def start(said: Any) -> None:
        said.log(1, "no driver")
        raise TypeError("factory function returned nullptr")

    machine.runtime._library.Runtime = start
    with pytest.raises(ConfigError, match="TensorRT does not start: no driver"):
        TensorRtRuntime(machine.runtime._store, machine.device, Wish(), INFO)


def test_the_engines_of_a_bundle_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(tmp_path, monkeypatch)
    bundle = Bundle(tmp_path, load_bundle(untrained_bundle()).manifest, ())
    checked: list[Any] = []
    monkeypatch.setattr(module, "looking", lambda given: [DOUBLE])
    monkeypatch.setattr(module, "check_plan", lambda *arguments: checked.append(arguments))
    store = machine.runtime._store
    module.check_engines(bundle, store, machine.device, Wish(max_videos=8))
    ((found, graphs, kept, cache),) = checked
    assert (found, list(graphs), list(kept), cache) == (bundle, ["double.onnx"], ["double.onnx"], store.cache)
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(graphs["double.onnx"].run({"x": x})[0], 2 * x)
    assert read_record(kept["double.onnx"].path) == kept["double.onnx"].record
    assert isinstance(machine.runtime, ChecksBundles)


def test_the_chain_gets_both_flavours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(lambda said, data: None)
    monkeypatch.setattr(Flavour, "load", lambda flavour: library)
    for place in ("runtime", "flavour"):
        gpu = Gpu(2, "Some GPU", "8.9", "1")
        monkeypatch.setattr(f"foveate.tensorrt.{place}.find_gpu", lambda device, gpu=gpu: gpu)
    monkeypatch.setattr(module, "CudaDevice", lambda index: HostDevice())
    wish = Wish(device=2, engine_cache=tmp_path)
    names = [make(wish, "why", ()).info.name for make in (make_tensorrt, make_rtx)]
    assert names == ["TensorRT 11.4.0.106", "TensorRT-RTX 11.4.0.106"]
    assert make_rtx(wish, "why", ()).info.device == "cuda:2 (Some GPU)"
