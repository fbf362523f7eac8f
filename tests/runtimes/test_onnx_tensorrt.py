from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from filelock import FileLock, Timeout

from foveate.bundle.manifest import Graph
from foveate.errors import BundleError, ConfigError
from foveate.runtimes import onnx_tensorrt
from foveate.runtimes.base import LoadedGraph
from foveate.runtimes.gpu import Gpu
from foveate.runtimes.onnx_gpu import CPU, CUDA, TENSORRT
from foveate.runtimes.onnx_session import Provider, open_session
from foveate.runtimes.onnx_tensorrt import OnnxTensorRtRuntime, engine_folder, make
from foveate.runtimes.wish import Wish
from tests.runtimes.made import DOUBLE, write_double
from tests.runtimes.sessions import GPU, Sessions


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> Sessions:
    return Sessions({CUDA, TENSORRT}, monkeypatch)


@pytest.fixture
def runtime(tmp_path: Path, sessions: Sessions) -> OnnxTensorRtRuntime:
    return make(Wish(device=1, engine_cache=tmp_path / "cache", max_videos=6), "why", ())


def folder_of(sessions: Sessions) -> Path:
    return Path(sessions.asked[-1][TENSORRT]["trt_engine_cache_path"])


@pytest.mark.parametrize("kind", [None, np.float16, np.int8])
def test_every_size_is_built_at_once_and_precision_left_to_the_graph(
    tmp_path: Path, sessions: Sessions, runtime: OnnxTensorRtRuntime, kind: type[np.generic] | None
) -> None:
    assert (runtime.info.device, TENSORRT in runtime.info.name) == ("cuda:1 (Some GPU)", True)
    loaded = runtime.load(write_double(tmp_path / "double.onnx", kind), DOUBLE)
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(loaded.run({"x": x})[0], 2 * x)
    assert list(sessions.asked[-1]) == [TENSORRT, CUDA, CPU]
    asked = sessions.asked[-1][TENSORRT]
    assert asked["trt_profile_min_shapes"] == "x:1x3"
    assert asked["trt_profile_max_shapes"] == asked["trt_profile_opt_shapes"] == "x:6x3"
    assert not any(option in asked for option in ("trt_fp16_enable", "trt_bf16_enable", "trt_int8_enable"))
    assert folder_of(sessions).is_dir()


def test_graphs_of_one_name_and_other_weights_have_folders_of_their_own(
    tmp_path: Path, sessions: Sessions, runtime: OnnxTensorRtRuntime
) -> None:
    folders = []
    for bundle, kind in (("one", None), ("other", np.float32), ("one", None)):
        (tmp_path / bundle).mkdir(exist_ok=True)
        runtime.load(write_double(tmp_path / bundle / "double.onnx", kind), DOUBLE)
        folders.append(folder_of(sessions))
    assert folders[0] == folders[2] != folders[1]
    assert {folder.parent for folder in folders} == {tmp_path / "cache" / "onnxruntime"}


@pytest.mark.parametrize(
    ("gpu", "most"),
    [
        (replace(GPU, name="Another GPU"), 6),
        (replace(GPU, compute_capability="8.9"), 6),
        (replace(GPU, driver="590.1"), 6),
        (GPU, 7),
    ],
)
def test_whatever_an_engine_depends_on_has_a_folder_of_its_own(tmp_path: Path, gpu: Gpu, most: int) -> None:
    path = write_double(tmp_path / "double.onnx")
    assert engine_folder(path, most, tmp_path, gpu) != engine_folder(path, 6, tmp_path, GPU)
    # Which of several equal GPUs it is does not matter.
    assert engine_folder(path, 6, tmp_path, replace(GPU, index=5)) == engine_folder(path, 6, tmp_path, GPU)


@pytest.mark.parametrize("library", ["onnxruntime", "tensorrt"])
def test_so_has_each_version_of_the_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    path = write_double(tmp_path / "double.onnx")
    before = engine_folder(path, 6, tmp_path, GPU)
    if library == "onnxruntime":
        monkeypatch.setattr(onnxruntime, "__version__", "9.9.9")
    else:
        monkeypatch.setattr(onnx_tensorrt, "version", lambda name: "10.99")
    assert engine_folder(path, 6, tmp_path, GPU) != before


def test_engines_are_built_by_one_process_at_a_time(
    tmp_path: Path, sessions: Sessions, runtime: OnnxTensorRtRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []

    def watched(path: Path, graph: Graph, providers: Sequence[Provider]) -> LoadedGraph:
        lock = Path(providers[0][1]["trt_engine_cache_path"]).with_suffix(".lock")
        with pytest.raises(Timeout):
            FileLock(lock, timeout=0).acquire()
        held.append(lock)
        return open_session(path, graph, providers)

    monkeypatch.setattr(onnx_tensorrt, "open_session", watched)
    runtime.load(write_double(tmp_path / "double.onnx"), DOUBLE)
    with FileLock(held[0], timeout=0):
        pass


def test_whole_engines_are_kept_and_a_build_that_was_cut_short_is_done_again(
    tmp_path: Path, sessions: Sessions, runtime: OnnxTensorRtRuntime
) -> None:
    path = write_double(tmp_path / "double.onnx")
    sessions.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        runtime.load(path, DOUBLE)
    folder = folder_of(sessions)
    (folder / "cut-short.engine").write_bytes(b"half")
    sessions.error = None
    runtime.load(path, DOUBLE)
    assert not (folder / "cut-short.engine").exists()
    (folder / "kept.engine").write_bytes(b"whole")
    runtime.load(path, DOUBLE)
    assert (folder / "kept.engine").exists()
    # One that is not taken is built anew the next time.
    sessions.error = RuntimeError("could not deserialize engine from cache")
    with pytest.raises(BundleError, match="could not deserialize"):
        runtime.load(path, DOUBLE)
    sessions.error = None
    runtime.load(path, DOUBLE)
    assert not (folder / "kept.engine").exists()


def test_a_graph_that_tensorrt_takes_in_parts_is_refused_in_words_of_our_own(
    tmp_path: Path, sessions: Sessions, runtime: OnnxTensorRtRuntime
) -> None:
    sessions.error = RuntimeError(
        "User needs to provide all the dynamic shape inputs with associated profiles"
    )
    with pytest.raises(
        BundleError, match=r"TensorRT does not take all of \S+double\.onnx, and ONNX Runtime has"
    ):
        runtime.load(write_double(tmp_path / "double.onnx"), DOUBLE)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, sessions: Sessions) -> None:
    (tmp_path / "cache").write_bytes(b"a file")
    runtime = make(Wish(engine_cache=tmp_path / "cache"), "why", ())
    with pytest.raises(ConfigError, match=r"engines cannot be kept in \S+: (Not a directory|File exists)"):
        runtime.load(write_double(tmp_path / "double.onnx"), DOUBLE)


def test_a_provider_that_is_listed_and_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sessions({CUDA}, monkeypatch)
    runtime = make(Wish(engine_cache=tmp_path), "why", ())
    with pytest.raises(ConfigError, match=f"could not load {TENSORRT} and went on with {CUDA}, CPU"):
        runtime.load(write_double(tmp_path / "double.onnx"), DOUBLE)


@pytest.mark.parametrize("there", [True, False])
def test_tensorrts_libraries_are_loaded_where_they_are_a_package(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(onnx_tensorrt, "load_cuda_libraries", lambda: loaded.append("cuda"))
    monkeypatch.setattr(onnx_tensorrt, "find_spec", lambda name: object() if there else None)
    monkeypatch.setattr(onnx_tensorrt, "import_module", loaded.append)
    make(Wish(), "why", ())
    assert loaded == (["cuda", "tensorrt_libs"] if there else ["cuda"])
