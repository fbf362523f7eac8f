"""The raw loop: the graphs of a bundle called one after another, with no server, queue or HTTP around them.

The yardstick of the served throughput. It cuts and normalises pixels with the same operation, for that is
part of the work, and nothing else.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from foveate.bundle.load import Bundle
from foveate.bundle.manifest import Graph, Network
from foveate.bundle.vocabulary import Form
from foveate.pixels.normalise import Normaliser
from foveate.pixels.operation import look


@dataclass(frozen=True, slots=True)
class Layout:
    """How the loop uses the cores: Python threads, each with its own clip, and ONNX Runtime's own threads."""

    workers: int
    threads: int

    def __str__(self) -> str:
        return f"{self.workers} worker(s) x {self.threads} thread(s)"


class RawLoop:
    """The loop over one bundle whose policy and classifier take whole sequences of one frame a step."""

    def __init__(self, bundle: Bundle, layout: Layout) -> None:
        networks = bundle.manifest.networks
        assert networks.glance is not None
        assert networks.policy is not None
        assert networks.focus is not None
        self._bundle = bundle
        self._layout = layout
        preprocessing = bundle.manifest.preprocessing
        self._normaliser = Normaliser.of(preprocessing.mean, preprocessing.std)
        side = float(preprocessing.crop)
        self._whole = np.array([[0, 0, side, side]] * len(bundle.manifest.plan.glance), np.float32)
        self._glance, self._policy = self._load(networks.glance), self._load(networks.policy)
        self._focus, self._classifier = self._load(networks.focus), self._load(networks.classifier)

    def clip(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Logits of one clip of (frames, height, width, 3) pixels."""
        plan, networks = self._bundle.manifest.plan, self._bundle.manifest.networks
        glanced = self._glance(self._see(networks.glance, frames[list(plan.glance)], self._whole))
        features = {("glance", name): value[None] for name, value in glanced.items()}
        rectangles = self._policy(self._inputs(networks.policy, features))["rectangles"][0]
        focused = self._focus(self._see(networks.focus, frames[list(plan.candidates)], rectangles))
        features |= {("focus", name): value[None] for name, value in focused.items()}
        answers = self._classifier(self._inputs(networks.classifier, features))["logits"]
        last: NDArray[np.float32] = answers[0, -1]
        return last

    def rate(self, frames: NDArray[np.uint8], clips: int) -> float:
        """Clips a second over ``clips`` clips, each of these frames, uint8 (pool, side, side, 3)."""
        started = time.perf_counter()
        with ThreadPoolExecutor(self._layout.workers) as pool:
            list(pool.map(lambda _: self.clip(frames), range(clips)))
        return clips / (time.perf_counter() - started)

    def _load(
        self, network: Network
    ) -> Callable[[dict[str, NDArray[np.float32]]], dict[str, NDArray[np.float32]]]:
        graph = network.forms[Form.WHOLE]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._layout.threads
        session = onnxruntime.InferenceSession(
            self._bundle.folder / graph.file, options, providers=["CPUExecutionProvider"]
        )
        names = [output.name for output in graph.outputs]
        keys = [str(output.of or output.sink) for output in graph.outputs]
        return lambda inputs: dict(zip(keys, session.run(names, inputs), strict=True))

    def _see(
        self, network: Network | None, frames: NDArray[np.uint8], rectangles: NDArray[np.float32]
    ) -> dict[str, NDArray[np.float32]]:
        assert network is not None
        assert network.pixels is not None
        out = np.empty((len(frames), 3, network.pixels.height, network.pixels.width), np.float32)
        look(list(frames), rectangles, network.pixels, self._normaliser, out)
        return {_only_input(network.forms[Form.WHOLE]): out}

    def _inputs(
        self, network: Network | None, features: dict[tuple[str, str], NDArray[np.float32]]
    ) -> dict[str, NDArray[np.float32]]:
        assert network is not None
        ports = network.forms[Form.WHOLE].inputs
        return {port.name: features[str(port.source), port.of or ""] for port in ports}


def _only_input(graph: Graph) -> str:
    (port,) = graph.inputs
    return port.name


def best_layout(bundle: Bundle, frames: NDArray[np.uint8], cores: int, clips: int) -> dict[Layout, float]:
    """Clips a second of each way to use the cores, measured alternately; the median of three rounds each.

    Args:
        bundle: with whole-sequence policy and classifier.
        frames: of a clip, uint8 (pool, side, side, 3).
        cores: to be used.
        clips: in a round.
    """
    layouts = [Layout(cores, 1), Layout(1, cores)] + ([Layout(cores, cores)] if cores > 1 else [])
    loops = {layout: RawLoop(bundle, layout) for layout in dict.fromkeys(layouts)}
    for loop in loops.values():
        loop.clip(frames)
    rates: dict[Layout, list[float]] = {layout: [] for layout in loops}
    for _ in range(3):
        for layout, loop in loops.items():
            rates[layout].append(loop.rate(frames, clips))
    return {layout: float(np.median(values)) for layout, values in rates.items()}
