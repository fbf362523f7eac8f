import logging
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from foveate.errors import ConfigError
from foveate.runtimes import onnx_gpu
from foveate.runtimes.onnx_gpu import (
    CPU,
    CUDA,
    CudaOptions,
    OnnxGpuRuntime,
    cuda_provider,
    load_cuda_libraries,
    make,
    why_not,
)
from foveate.runtimes.wish import Wish
from tests.runtimes.made import DOUBLE, write_double
from tests.runtimes.sessions import GPU, Sessions


def test_the_cuda_provider_is_asked_for_and_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions({CUDA}, monkeypatch)
    runtime = make(Wish(device=1), "why", ())
    assert runtime.info.device == "cuda:1 (Some GPU)"
    assert CUDA in runtime.info.name
    loaded = runtime.load(write_double(tmp_path / "double.onnx"), DOUBLE)
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(loaded.run({"x": x})[0], 2 * x)
    assert list(sessions.asked[-1]) == [CUDA, CPU]
    assert sessions.asked[-1][CUDA]["use_tf32"] == "0"


def test_a_provider_that_is_listed_and_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sessions(set(), monkeypatch)
    runtime = OnnxGpuRuntime(GPU, "why")
    with pytest.raises(ConfigError, match=f"could not load {CUDA} and went on with CPU"):
        runtime.load(write_double(tmp_path / "double.onnx"), DOUBLE)


def test_libraries_are_loaded_before_the_first_session_and_what_is_missing_goes_to_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    Sessions({CUDA}, monkeypatch)
    said = "Failed to load libcudnn.so.9: cannot open shared object file"
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: print(said))
    with caplog.at_level(logging.DEBUG, onnx_gpu.__name__):
        make(Wish(), "why", ())
    assert caplog.messages == [said]
    assert capsys.readouterr().out == ""


def test_a_build_for_the_cpu_has_no_libraries_to_load(capsys: pytest.CaptureFixture[str]) -> None:
    load_cuda_libraries()
    assert capsys.readouterr().out == ""


def test_options_are_handed_on() -> None:
    options = CudaOptions("EXHAUSTIVE", tf32=True, arena="kNextPowerOfTwo", memory_limit=5, stream=77)
    assert cuda_provider(3, options) == (
        CUDA,
        {
            "device_id": "3",
            "cudnn_conv_algo_search": "EXHAUSTIVE",
            "use_tf32": "1",
            "arena_extend_strategy": "kNextPowerOfTwo",
            "gpu_mem_limit": "5",
            "user_compute_stream": "77",
        },
    )


def test_a_build_without_the_provider_is_known_before_anything_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU])
    assert "was built without CUDAExecutionProvider" in (why_not(CUDA) or "")
    assert why_not(CPU) is None
