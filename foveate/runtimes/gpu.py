"""Which GPU there is, asked of the driver itself, so that saying "none" needs no large library."""

import ctypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foveate.errors import ConfigError

_DRIVER_LIBRARY = "libcuda.so.1"
_DRIVER_FACTS = Path("/proc/driver/nvidia/version")
_MAJOR, _MINOR = 75, 76
"""Numbers of the compute capability among a device's attributes in the driver's interface."""


class NoGpuError(ConfigError):
    """There is no such GPU, and why."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU.

    Attributes:
        index: its number.
        name: as its maker names it.
        compute_capability: major and minor, as in "9.0".
        driver: version of the driver, or of the newest CUDA it can run where that is all that is known.
        memory: its bytes of memory.
    """

    index: int
    name: str
    compute_capability: str
    driver: str
    memory: int = 0


def find_gpu(index: int, library: Any = None, facts: Path = _DRIVER_FACTS) -> Gpu:
    """Ask the driver for a GPU.

    Args:
        index: its number.
        library: the driver's library; None to load it.
        facts: the file in which the kernel's module tells its version.

    Raises:
        NoGpuError: there is none of that number.
    """
    cuda = _load() if library is None else library
    _call(cuda, "cuInit", 0)
    count = ctypes.c_int()
    _call(cuda, "cuDeviceGetCount", ctypes.byref(count))
    if index >= count.value:
        raise NoGpuError(f"there is no GPU {index}: the driver knows {count.value}")
    device = ctypes.c_int()
    _call(cuda, "cuDeviceGet", ctypes.byref(device), index)
    name = ctypes.create_string_buffer(256)
    _call(cuda, "cuDeviceGetName", name, len(name), device)
    capability = []
    for attribute in (_MAJOR, _MINOR):
        value = ctypes.c_int()
        _call(cuda, "cuDeviceGetAttribute", ctypes.byref(value), attribute, device)
        capability.append(str(value.value))
    memory = ctypes.c_size_t()
    _call(cuda, "cuDeviceTotalMem_v2", ctypes.byref(memory), device)
    return Gpu(index, name.value.decode(), ".".join(capability), _driver(cuda, facts), memory.value)


def gpu_memory(index: int) -> int | None:
    """Bytes of a GPU's memory; None where there is no such GPU."""
    try:
        return find_gpu(index).memory
    except NoGpuError:
        return None


def _load() -> Any:
    try:
        return ctypes.CDLL(_DRIVER_LIBRARY)
    except OSError:
        raise NoGpuError(f"no CUDA device: the driver's {_DRIVER_LIBRARY} is not here") from None


def _call(cuda: Any, function: str, *arguments: Any) -> None:
    code = getattr(cuda, function)(*arguments)
    if code:
        text = ctypes.c_char_p()
        cuda.cuGetErrorString(code, ctypes.byref(text))
        reason = text.value.decode() if text.value else f"error {code}"
        raise NoGpuError(f"no CUDA device: {function} says {reason}")


def _driver(cuda: Any, facts: Path) -> str:
    try:
        found = re.search(r"\s(\d+\.\d+(?:\.\d+)?)\s", facts.read_text("utf-8"))
    except OSError:
        found = None
    if found:
        return found.group(1)
    version = ctypes.c_int()
    _call(cuda, "cuDriverGetVersion", ctypes.byref(version))
    return f"CUDA {version.value // 1000}.{version.value % 1000 // 10}"
