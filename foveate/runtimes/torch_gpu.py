"""The torch step of the chain: the device path, its graphs captured. Not yet run on a GPU."""

from foveate.device.runtime import GpuRuntime
from foveate.runtimes.base import PassedOver, Runtime
from foveate.runtimes.wish import Wish


def make(wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> Runtime:
    """Start it; see ``foveate.runtimes.choose.Make``.

    Raises:
        ConfigError: there is no such GPU.
    """
    return GpuRuntime(wish.device, reason=reason, passed_over=passed_over)
