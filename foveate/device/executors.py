"""One device and the executors of its bundles."""

import logging
import threading
from typing import Any

from numpy.typing import NDArray

from foveate.bundle.load import Bundle
from foveate.device.executor import DeviceExecutor
from foveate.device.graph import GraphLoader
from foveate.device.lane import DeviceLane
from foveate.device.pixels import Look
from foveate.device.protocol import Device, DeviceError
from foveate.device.slots import FrameSlots
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules

log = logging.getLogger(__name__)


class DeviceExecutors:
    """Makes executors of one device; give ``make`` to the engine.

    Args:
        device: where.
        slab: (pages, page bytes) uint8 in host memory, the decode slab.
        loader: loads graphs.
        look: the pixel operation.
        rules: the engine's.
        videos: videos of one bundle that may be in flight.
        slots: device slots for frames; as many as pages unless memory is short.

    Attributes:
        pinned: whether the slab could be pinned; some sandboxes refuse it, and frames are copied more slowly.
    """

    def __init__(
        self,
        device: Device,
        slab: NDArray[Any],
        loader: GraphLoader,
        look: Look,
        rules: LaneRules,
        videos: int,
        slots: int | None = None,
    ) -> None:
        self._device, self._loader, self._look = device, loader, look
        self._rules, self._videos = rules, videos
        try:
            self._slab, self.pinned = device.register(slab), True
        except DeviceError as error:
            log.warning("%s; they are copied as they are, which is slower", error)
            self._slab, self.pinned = device.unpinned(slab), False
        self.slots = FrameSlots(device, self._slab, slots or len(slab))
        self._lanes = [DeviceLane(device) for _ in range(rules.lanes)]
        # No bundle has a stream of its own: torch has 32 and then gives the first ones out again, so that
        # what one bundle captures would catch what another does.
        self._clearing = device.stream()
        self._one_at_a_time = threading.Lock()

    def make(self, bundle: Bundle, plan: BundlePlan) -> DeviceExecutor:
        """Load, try and capture a bundle; others may be serving meanwhile.

        Raises:
            BundleError: a graph cannot be loaded.
            ExecutionError: a graph gives outputs of other shapes than the manifest's.
        """
        with self._one_at_a_time:
            return DeviceExecutor(
                self._device,
                self._clearing,
                bundle,
                plan,
                self._lanes,
                self.slots,
                self._look,
                self._loader,
                self._rules,
                self._videos,
            )

    def close(self) -> None:
        """Let go of the slab; nothing may be running."""
        self.slots.synchronize()
        self._slab.free()
