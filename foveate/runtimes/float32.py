"""Float32 that stays float32 on a GPU."""

import os

_VARIABLE = "NVIDIA_TF32_OVERRIDE"


def keep_float32() -> None:
    """Have NVIDIA's libraries multiply float32 as float32, and not in TensorFloat-32.

    The other runtimes say so by options of their own; TensorRT under ONNX Runtime has this variable only. It
    is read once in a process, so it is set before the first library is tried, whichever that is.
    """
    os.environ[_VARIABLE] = "0"
