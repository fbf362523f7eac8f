"""An engine whose batches run on a fake device, on the fake networks of the engine's tests."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from foveate.bundle.manifest import Graph, Manifest
from foveate.device.executors import DeviceExecutors
from foveate.device.pixels import look_on_host
from foveate.device.protocol import Part, Stream
from foveate.engine.engine import Engine
from foveate.engine.messages import Event, Options, Released, Stage, Submit
from foveate.engine.scheduler import LaneRules
from tests.device.fake import HOST, FakeDevice
from tests.engine.fake import FakeGraph, FakeRuntime, Hook, Pages, bundle, pages_of
from tests.engine.harness import Harness
from tests.engine.parts import CROP

SHAPE = (CROP, CROP, 3)
SLAB_PAGES = 2400


class OnTensors:
    """A fake graph between tensors of host memory."""

    def __init__(self, graph: FakeGraph, capturable: bool) -> None:
        self._graph = graph
        self.capturable = capturable
        self.pixel_type = torch.float32
        self.pixel_layout = torch.channels_last if capturable else torch.contiguous_format

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        arrays = {name: value.numpy() for name, value in inputs.items()}
        return [torch.from_numpy(value) for value in self._graph.run(arrays)]


class FakeLoader:
    """Loads fake graphs."""

    def __init__(self, manifests: Sequence[Manifest], hook: Hook | None, capturable: bool = True) -> None:
        self._runtime = FakeRuntime(manifests, hook)
        self._capturable = capturable

    def load(self, path: Path, graph: Graph, stage: Stage, stream: Stream) -> OnTensors:
        return OnTensors(self._runtime.load(path, graph), self._capturable)


def slab() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The frames that ``Pages`` gives, as a slab of pages a little larger than a frame."""
    pages, size = Pages(), int(np.prod(SHAPE))
    memory = np.zeros((SLAB_PAGES, size + 17), np.uint8)
    for page in range(SLAB_PAGES):
        memory[page, :size] = pages(page, SHAPE).reshape(-1)
    return memory


class DeviceHarness(Harness):
    """An engine on a fake device, and the events it gave.

    A page whose video was released is overwritten at once, as a decoder would: the device says so if it is
    still being read.
    """

    def __init__(
        self,
        *manifests: Manifest,
        rules: LaneRules,
        memory: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
        hook: Hook | None = None,
        slots: int | None = None,
        videos: int = 40,
        capturable: bool = True,
        device: FakeDevice | None = None,
    ) -> None:
        self._prepare()
        self.device = device or FakeDevice()
        loader = FakeLoader(manifests, hook, capturable)
        self.executors = DeviceExecutors(self.device, memory, loader, look_on_host, rules, videos, slots)
        runtime = FakeRuntime(manifests)
        self.engine = Engine(
            runtime,
            rules,
            Pages(),
            self._take,
            on_death=self.deaths.append,
            make_executor=self.executors.make,
        )
        for manifest in manifests:
            self.engine.add_bundle(manifest.name, bundle(manifest))
        self._pages_of: dict[str, list[int]] = {}
        self.engine.start()

    def submit(self, video: str, manifest: Manifest, first: int, options: Options | None = None) -> None:
        pages = pages_of(manifest, first)
        self._pages_of[video] = [page for view in pages for page in view]
        self.engine.handle(Submit(video, manifest.name, pages, options or Options()))

    def _take(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, Released):
                self.device.touch(HOST, [], [Part(self.executors._slab, self._pages_of[event.id])])
        super()._take(events)


def pages_in(manifest: Manifest) -> int:
    return manifest.sampling.pool * len(manifest.preprocessing.views)
