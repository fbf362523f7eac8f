import os
import subprocess
import sys

import pytest

from foveate.runtimes.float32 import keep_float32


def test_libraries_and_child_processes_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "1")
    keep_float32()
    assert os.environ["NVIDIA_TF32_OVERRIDE"] == "0"
    # As a library of C sees it.
    code = "import ctypes; c = ctypes.CDLL(None); c.getenv.restype = ctypes.c_char_p; "
    code += "print(c.getenv(b'NVIDIA_TF32_OVERRIDE').decode())"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "0\n"
