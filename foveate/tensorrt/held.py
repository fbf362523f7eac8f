"""What one engine has on a GPU, given back when the engine goes. Not run on a GPU yet."""

import logging
import weakref
from collections.abc import Callable
from typing import Any

from foveate.errors import ExecutionError
from foveate.tensorrt.device import Bytes, Device

log = logging.getLogger(__name__)


class Held:
    """Memory, contexts and captured graphs of one engine.

    Args:
        device: the GPU.
        owner: when it goes, so does everything here; in whichever thread that is.
        name: of the engine, for the log.

    Attributes:
        contexts: of the engine, by bucket.
        graphs: that were captured, by bucket and tray.
    """

    def __init__(self, device: Device, owner: object, name: str) -> None:
        self.contexts: dict[int, Any] = {}
        self.graphs: dict[tuple[int, int], Any] = {}
        self._device, self._name = device, name
        self._memory: list[int] = []
        self._pinned: list[Bytes] = []
        # When the process ends, the driver gives everything back by itself.
        weakref.finalize(owner, self._let_go).atexit = False

    def allocate(self, size: int) -> int:
        """Memory of the GPU; its address."""
        address = self._device.allocate(size)
        self._memory.append(address)
        return address

    def pinned(self, size: int) -> Bytes:
        """Pinned memory of the host."""
        memory = self._device.pinned(size)
        self._pinned.append(memory)
        return memory

    def _let_go(self) -> None:
        self._try(self._device.use)
        for graph in self.graphs.values():
            self._try(self._device.forget, graph)
        self.graphs.clear()
        # They have the addresses of the memory in them.
        self.contexts.clear()
        for address in self._memory:
            self._try(self._device.free, address)
        for memory in self._pinned:
            self._try(self._device.unpin, memory)

    def _try(self, give_back: Callable[..., None], *what: Any) -> None:
        try:
            give_back(*what)
        except ExecutionError as error:
            log.warning("%s: not everything is given back: %s", self._name, error)
