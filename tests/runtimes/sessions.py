"""ONNX Runtime's sessions on a machine with a GPU, which are those of the CPU."""

from pathlib import Path
from typing import Any

import onnxruntime
import pytest

from foveate.runtimes import onnx_gpu, onnx_tensorrt
from foveate.runtimes.gpu import Gpu
from foveate.runtimes.onnx_gpu import CPU, CUDA, TENSORRT

GPU = Gpu(1, "Some GPU", "9.0", "580.1")


class Sessions:
    """Stands in for ONNX Runtime's sessions, with the providers that a machine has.

    Attributes:
        asked: the providers of each session that was opened, with their options.
        error: raised by those that are opened from now on, if any.
    """

    def __init__(self, has: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[dict[str, dict[str, str]]] = []
        self.error: BaseException | None = None
        self._has = has
        self._real = onnxruntime.InferenceSession
        monkeypatch.setattr(onnxruntime, "InferenceSession", self._open)
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [TENSORRT, CUDA, CPU])
        for module in (onnx_gpu, onnx_tensorrt):
            monkeypatch.setattr(module, "find_gpu", lambda index: GPU)

    def _open(self, path: Path, options: Any, providers: list[Any], enable_fallback: int) -> Any:
        assert enable_fallback == 0
        self.asked.append(dict(providers))
        folder = dict(providers).get(TENSORRT, {}).get("trt_engine_cache_path")
        if folder is not None:
            (Path(folder) / "begun.engine").write_bytes(b"half")
        if self.error is not None:
            raise self.error
        session = self._real(path, options, providers=[CPU])
        had = [name for name, _ in providers if name in self._has] + [CPU]
        session.get_providers = lambda: had
        return session
