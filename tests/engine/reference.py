"""A video's answer computed straight through, with no queues, batches or lanes."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.manifest import Graph, Manifest, Network
from foveate.bundle.vocabulary import Form, Sink, Source, Span, UnitKind
from foveate.pixels.normalise import Normaliser
from foveate.pixels.operation import look
from foveate.runtimes.base import Tensor
from tests.engine.fake import FakeRuntime, Pages
from tests.engine.parts import CROP


class _Straight:
    def __init__(self, manifest: Manifest, pages: Pages, entries: tuple[int, ...]) -> None:
        self.manifest = manifest
        self.runtime = FakeRuntime([manifest])
        self.frames = [pages(page, (CROP, CROP, 3)) for page in entries]
        self.normaliser = Normaliser.of(manifest.preprocessing.mean, manifest.preprocessing.std)
        self.features: dict[tuple[Source, str], list[Tensor]] = {}
        self.states: dict[str, Tensor] = {}
        steps = manifest.plan.steps
        self.step_frames = list(manifest.plan.frames or [0] * steps)
        fixed = manifest.plan.rectangles or ()
        whole = [(r.y, r.x, r.height, r.width) for r in fixed]
        self.rectangles = np.array(whole * (steps // max(1, len(whole))) or np.zeros((steps, 4)), np.float32)
        self.keep = [True] * steps
        self.logits: Tensor = np.zeros(manifest.classes, np.float32)

    def see(self, network: Network, looks: list[tuple[int, NDArray[np.float32]]]) -> Tensor:
        assert network.pixels is not None
        out = np.empty((len(looks), 3, network.pixels.height, network.pixels.width), np.float32)
        frames = [self.frames[entry] for entry, _ in looks]
        look(frames, np.stack([r for _, r in looks]), network.pixels, self.normaliser, out)
        return out

    def call(self, graph: Graph, step: int, seen: Tensor | None = None) -> dict[str, Tensor]:
        inputs: dict[str, Tensor] = {}
        for port in graph.inputs:
            if port.source is Source.PIXELS:
                assert seen is not None
                inputs[port.name] = seen.reshape(1, *port.shape)
            elif port.source is Source.STEP:
                inputs[port.name] = np.array([step], np.int64)
            elif port.source is Source.STATE:
                inputs[port.name] = self.states.get(port.of or "", np.zeros(port.shape, np.float32))[None]
            else:
                values = self.features[port.source, port.of or ""]
                one = values[step] if port.span is Span.ONE else np.stack(values).reshape(port.shape)
                inputs[port.name] = one[None]
        results = self.runtime.load(Path(self.manifest.name) / graph.file, graph).run(inputs)
        found = {}
        for output, value in zip(graph.outputs, results, strict=True):
            found[output.name] = value[0]
            if output.sink is Sink.STATE:
                self.states[output.of or ""] = value[0]
            elif output.sink is Sink.RECTANGLES:
                rows = slice(None) if graph.file.count("step") == 0 else step
                self.rectangles[rows] = value[0]
            elif output.sink is Sink.FRAMES:
                self.step_frames = value[0].tolist()
            elif output.sink is Sink.KEEP:
                self.keep = [bool(p >= 0.5) for p in value[0]]
            elif output.sink is Sink.LOGITS:
                self.logits = value[0][-1] if value[0].ndim == 2 else value[0]
        return found

    def watch(self, source: Source, network: Network, looks: list[tuple[int, NDArray[np.float32]]]) -> None:
        graph = network.forms[Form.WHOLE]
        groups = [looks] if network.unit is UnitKind.VIDEO else [[one] for one in looks]
        for step, group in enumerate(groups):
            for name, value in self.call(graph, step, self.see(network, group)).items():
                self.features.setdefault((source, name), []).append(value)

    def run(self) -> tuple[Tensor, NDArray[np.float32]]:
        networks, plan = self.manifest.networks, self.manifest.plan
        whole = np.array([0, 0, CROP, CROP], np.float32)
        if networks.glance:
            self.watch(Source.GLANCE, networks.glance, [(entry, whole) for entry in plan.glance])
        if networks.policy:
            self._through(networks.policy)
        assert networks.focus
        looks = [(plan.candidates[self.step_frames[k]], self.rectangles[k]) for k in range(plan.steps)]
        self.watch(Source.FOCUS, networks.focus, looks)
        for (source, _), values in self.features.items():
            if source is Source.FOCUS and networks.focus.unit is UnitKind.FRAME:
                values[:] = [
                    v if keep else np.zeros_like(v) for v, keep in zip(values, self.keep, strict=True)
                ]
        self._through(networks.classifier)
        return self.logits, self.rectangles

    def _through(self, network: Network) -> None:
        if Form.WHOLE in network.forms:
            self.call(network.forms[Form.WHOLE], 0)
            return
        self.states = {}
        for step in range(self.manifest.plan.steps):
            self.call(network.forms[Form.STEP], step)


def answer_directly(
    manifest: Manifest, pages: Pages, entries: tuple[tuple[int, ...], ...]
) -> tuple[Tensor, NDArray[np.float32]]:
    """Logits of a video, averaged over views, and the rectangles of all views one after the other."""
    results = [_Straight(manifest, pages, view).run() for view in entries]
    return np.mean([r[0] for r in results], axis=0), np.concatenate([r[1] for r in results])
