from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foveate.errors import ConfigError
from foveate.runtimes import onnx_gpu, onnx_session
from foveate.runtimes.gpu import Gpu
from foveate.runtimes.onnx_gpu import (
    CPU,
    CUDA,
    TENSORRT,
    CudaOptions,
    OnnxGpuRuntime,
    cuda_provider,
    make_cuda,
    make_tensorrt,
    why_not,
)
from foveate.runtimes.wish import Wish
from tests.runtimes.made import DOUBLE, write_double

GPU = Gpu(1, "Some GPU", "9.0", "580.1")


class Sessions:
    """Stands in for ONNX Runtime's sessions, with the providers that a machine has."""

    def __init__(self, has: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[dict[str, dict[str, str]]] = []
        self._has = has
        self._real = onnx_session.onnxruntime.InferenceSession
        monkeypatch.setattr(onnx_session.onnxruntime, "InferenceSession", self._open)
        monkeypatch.setattr(onnx_gpu.onnxruntime, "get_available_providers", lambda: [TENSORRT, CUDA, CPU])
        monkeypatch.setattr(onnx_gpu, "find_gpu", lambda index: GPU)

    def _open(self, path: Path, options: Any, providers: list[Any]) -> Any:
        self.asked.append(dict(providers))
        session = self._real(path, options, providers=[CPU])
        had = [name for name, _ in providers if name in self._has] + [CPU]
        session.get_providers = lambda: had
        return session


def test_the_cuda_provider_is_asked_for_and_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions({CUDA}, monkeypatch)
    runtime = make_cuda(Wish(device=1), "why", ())
    assert runtime.info.device == "cuda:1 (Some GPU)"
    assert CUDA in runtime.info.name
    loaded = runtime.load(write_double(tmp_path / "double.onnx"), DOUBLE)
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(loaded.run({"x": x})[0], 2 * x)
    assert list(sessions.asked[-1]) == [CUDA, CPU]
    assert sessions.asked[-1][CUDA]["use_tf32"] == "0"


@pytest.mark.parametrize("kind", [None, np.float16])
def test_the_tensorrt_provider_gets_every_size_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[np.generic] | None
) -> None:
    sessions = Sessions({CUDA, TENSORRT}, monkeypatch)
    wish = Wish(device=1, engine_cache=tmp_path / "cache", max_videos=6)
    make_tensorrt(wish, "why", ()).load(write_double(tmp_path / "double.onnx", kind), DOUBLE)
    assert list(sessions.asked[-1]) == [TENSORRT, CUDA, CPU]
    asked = sessions.asked[-1][TENSORRT]
    assert asked["trt_profile_min_shapes"] == "x:1x3"
    assert asked["trt_profile_max_shapes"] == asked["trt_profile_opt_shapes"] == "x:6x3"
    assert asked["trt_fp16_enable"] == ("1" if kind else "0")
    assert Path(asked["trt_engine_cache_path"]).is_dir()


def test_a_provider_that_is_listed_and_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Sessions(set(), monkeypatch)
    for make, name in ((make_cuda, CUDA), (make_tensorrt, TENSORRT)):
        with pytest.raises(ConfigError, match=f"could not load {name} and went on with CPU"):
            make(Wish(), "why", ())


def test_a_provider_lost_between_two_graphs_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sessions(set(), monkeypatch)
    runtime = OnnxGpuRuntime(Wish(), GPU, False, "why")
    with pytest.raises(ConfigError, match="could not load"):
        runtime.load(write_double(tmp_path / "double.onnx"), DOUBLE)


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
    monkeypatch.setattr(onnx_gpu.onnxruntime, "get_available_providers", lambda: [CPU])
    assert "was built without CUDAExecutionProvider" in (why_not(CUDA) or "")
    assert why_not(CPU) is None
