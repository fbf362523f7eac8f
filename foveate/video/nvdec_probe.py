"""Whether a GPU's decoder can be had: asked in a process of its own, which a driver's fault may end.

It is started as the workers are, which will decode there.
"""

import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from foveate.errors import ConfigError
from foveate.runtimes.gpu import find_gpu
from foveate.video.child import environment
from foveate.video.nvdec import load_library

_TIMEOUT_S = 60.0
_ASKING = (sys.executable, "-P", "-m", "foveate.video.nvdec_probe")


def require_nvdec(device: int, asking: Sequence[str] = _ASKING, timeout_s: float = _TIMEOUT_S) -> None:
    """Refuse to go on where nothing could be decoded on the GPU.

    Args:
        device: number of the GPU.
        asking: the command that asks, without that number.
        timeout_s: seconds that it is given.

    Raises:
        ConfigError: the library, the GPU, or its decoder cannot be had; the message says which.
    """
    try:
        asked = subprocess.run(
            [*asking, str(device)],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
            env=environment(),
        )
    except OSError as error:
        raise ConfigError(f"videos cannot be decoded by nvdec: {error.strerror}") from error
    except subprocess.TimeoutExpired:
        raise ConfigError(f"videos cannot be decoded by nvdec: no word of it in {timeout_s:g} s") from None
    if asked.returncode != 0:
        raise ConfigError(f"videos cannot be decoded by nvdec: {_reason(asked)}")


def _reason(asked: "subprocess.CompletedProcess[str]") -> str:
    if asked.returncode < 0:
        return f"asking for it ended the process by signal {-asked.returncode}"
    said = (asked.stdout.strip() or asked.stderr.strip()).splitlines()
    return said[-1] if said else f"asking for it ended with exit status {asked.returncode}"


def ask(device: int, load: Callable[[], Any] = load_library) -> str | None:
    """Why the decoder of a GPU cannot be had, in one line; None where it can.

    Args:
        device: number of the GPU.
        load: gives PyNvVideoCodec.
    """
    try:
        find_gpu(device)
        library = load()
        library.GetDecoderCaps(gpuid=device, codec=library.cudaVideoCodec.H264)
    except Exception as error:  # the library's own exceptions share no base class
        return (str(error) or type(error).__name__).splitlines()[0]
    return None


if __name__ == "__main__":
    answer = ask(int(sys.argv[1]))
    print(answer or "yes")
    sys.exit(answer is not None)
