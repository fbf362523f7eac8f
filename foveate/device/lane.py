"""What one lane of a device has for itself."""

from foveate.device.protocol import Device
from foveate.engine.lanes import DeviceLostError as DeviceLostError


class DeviceLane:
    """What one lane has for itself, whatever the bundle.

    Attributes:
        stream: on which its batches run.
        loading: on which its programs are tried and captured, while it may be serving.
        done: marks the end of its batch.
        pool: scratch memory of its captured programs.
    """

    def __init__(self, device: Device) -> None:
        self.stream = device.stream()
        self.loading = device.stream()
        self.done = device.event()
        self.pool = device.pool()
