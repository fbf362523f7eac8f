"""Holding a bundle to the network it came from, whatever system it is of.

Twice: every graph is fed what the network has at its place, so that one's error is not another's; then all
run one after the other from pixels, as the engine does it, and the patches and answers must be those of the
network's own forward pass.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from export.graphs import GraphSpec
from export.parity import ParityLog, relative, require
from export.precision import Precision
from export.rounding import RoundingRuntime
from export.runtimes import NetworkRuntime, RememberingRuntime, SideBySide
from foveate.bundle.manifest import Graph, Manifest, Output, Parity
from foveate.bundle.vocabulary import PixelOperation, Sink
from foveate.engine.plan import BundlePlan
from foveate.engine.store import VideoStore
from foveate.errors import ExportError
from foveate.parity.frames import normalised, smooth_frames
from foveate.parity.straight import StraightRun, every_course

Array = NDArray[Any]
ALL = "all graphs"
RELATIVE: dict[Precision, float] = {"fp32": 1e-4, "fp16": 1e-2, "bf16": 8e-2}
"""Part of an output's largest value that it may be off; bfloat16 has three bits less than half precision."""
PIXELS: dict[Precision, float] = {"fp32": 0.02, "fp16": 1.0, "bf16": 1.0}
"""How far a rectangle between the pixels may be off, in pixels of the frame."""
_KEEP: dict[Precision, float] = {"fp32": 1e-4, "fp16": 0.05, "bf16": 0.05}
"""How far a keep probability may be off; which patches it keeps is compared as well."""
_MAP_SLACK = 5
"""Single values of a map show rounding that averages out in everything made of it."""
_OTHERWISE = 0.1
"""Part of the whole-pixel patches that 16 bits may choose otherwise, in a near tie."""
_VIDEOS = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the network's own forward pass gives of some videos.

    Attributes:
        answers: logits of each answer of the bundle (videos, answers, classes).
        rectangles: of each step, or one for all (videos, steps or 1, 4).
        frames: candidate of each step (videos, steps); None where the plan has them.
        keep: keep probability of each step (videos, steps); None where none is dropped.
        unordered: an answer depends on which whole frames were seen before it, and not on their order.
    """

    answers: Tensor
    rectangles: Tensor | None = None
    frames: Tensor | None = None
    keep: Tensor | None = None
    unordered: bool = False


Forward = Callable[[Tensor], Wanted]
"""Normalised pool frames (videos, pool, 3, crop, crop) to what the network gives."""


def bundle_parity(
    manifest: Manifest, folder: Path, specs: Sequence[GraphSpec], forward: Forward, precision: Precision
) -> Parity:
    """Compare a bundle's graphs with its network on smooth made-up frames.

    Raises:
        ExportError: an output misses its tolerance, or another patch is chosen.
    """
    crop = manifest.preprocessing.crop
    frames = smooth_frames(_VIDEOS, manifest.sampling.pool, crop)
    with torch.no_grad():
        pixels = normalised(frames, manifest.preprocessing.mean, manifest.preprocessing.std)
        wanted = forward(torch.from_numpy(pixels))
    comparison = _Comparison(manifest, specs, precision)
    graphs = RememberingRuntime(RoundingRuntime())
    networks = RememberingRuntime(NetworkRuntime(specs))
    both = StraightRun(manifest, folder, SideBySide(graphs, networks, comparison.watch), frames)
    alone = StraightRun(manifest, folder, graphs, frames)
    for number, options in enumerate(every_course(both.plan)):
        # The first course on every video; the others differ in single forms, for which one is enough.
        for video in range(_VIDEOS if number == 0 else 1):
            both.video(video, options)
            comparison.video(alone.video(video, options), video, wanted, alone.answers_made(options))
    return comparison.report()


class _Comparison:
    def __init__(self, manifest: Manifest, specs: Sequence[GraphSpec], precision: Precision) -> None:
        focus = manifest.networks.focus
        assert focus is not None
        assert focus.pixels is not None
        self._manifest = manifest
        self._plan = BundlePlan.of(manifest)
        self._exact = {spec.file for spec in specs if spec.exact}
        self._precision = precision
        self._whole = focus.pixels.operation is PixelOperation.CUT
        self._log = ParityLog()
        self._same: list[Array] = []
        self._decisions: list[bool] = []

    def watch(self, graph: Graph, found: Sequence[Array], wanted: Sequence[Array]) -> None:
        precision: Precision = "fp32" if graph.file in self._exact else self._precision
        for output, value, right in zip(graph.outputs, found, wanted, strict=True):
            tolerance = self._tolerance(output, right, precision)
            self._log.compare(graph.file, output.name, value, right, tolerance)

    def _tolerance(self, output: Output, wanted: Array, precision: Precision) -> float:
        if output.sink is Sink.FRAMES:
            return 0.0
        if output.sink is Sink.RECTANGLES:
            return 0.0 if self._whole else PIXELS[precision]
        slack = _MAP_SLACK if len(output.shape) > 2 else 1
        return slack * relative(RELATIVE[precision], wanted)

    def video(self, store: VideoStore, number: int, wanted: Wanted, made: list[int]) -> None:
        """Compare a video that the graphs alone have gone through."""
        view = store.views[0]
        same = np.ones(len(view.rectangles), bool)
        if wanted.frames is not None:
            same &= view.frames == wanted.frames[number].numpy()
        if wanted.keep is not None:
            same &= self._kept(view.keep, wanted.keep[number].numpy())
        chosen = same.copy()
        if wanted.rectangles is not None:
            right = np.broadcast_to(wanted.rectangles[number].numpy(), view.rectangles.shape)
            if not self._whole:
                limit = PIXELS[self._precision]
                self._log.compare(ALL, "rectangles", view.rectangles, right, limit)
            near = 0.0 if self._whole else PIXELS[self._precision]
            same &= np.abs(view.rectangles - right).max(1) <= near
            self._same.append(chosen & (view.rectangles == right).all(1))
        else:
            self._same.append(same)
        each = wanted.rectangles is None or wanted.rectangles.shape[1] > 1
        if wanted.unordered and wanted.frames is not None:
            right = wanted.frames[number].numpy()
            self._decisions += np.isin(view.frames, right).tolist()
            made = [answer for answer in made if self._seen_alike(answer, view.frames, right)]
        else:
            self._decisions += same.tolist() if each else [bool(same.all())]
            made = made if same.all() else []
        if made:
            answers = wanted.answers[number].numpy()[made]
            limit = relative(RELATIVE[self._precision], answers)
            self._log.compare(ALL, "logits", store.logits(len(wanted.answers[number]))[made], answers, limit)

    def _seen_alike(self, answer: int, frames: Array, wanted: Array) -> bool:
        """Whether the same frames have been seen before an answer, in any order."""
        steps = self._plan.steps_behind(answer)
        return set(frames[:steps].tolist()) == set(wanted[:steps].tolist())

    def _kept(self, keep: Array, wanted: Array) -> Array:
        """Whether each step is kept, or dropped, by both."""
        self._log.compare(ALL, "keep", keep, wanted, _KEEP[self._precision])
        threshold = self._manifest.plan.keep_threshold
        assert threshold is not None
        agree: Array = (keep >= threshold) == (wanted >= threshold)
        return agree

    def report(self) -> Parity:
        """The report, if all is as it should be."""
        checks = self._log.checks()
        require(checks)
        otherwise = self._decisions.count(False)
        allowed = max(1, int(_OTHERWISE * len(self._decisions))) if self._precision != "fp32" else 0
        if otherwise > allowed:
            raise ExportError(f"the graphs choose {otherwise} of {len(self._decisions)} patches otherwise")
        same = np.concatenate(self._same)
        return Parity(
            reference=f"PyTorch {torch.__version__} in float32 on smooth made-up frames",
            videos=_VIDEOS,
            checks=checks,
            patches_compared=same.size,
            patches_identical=bool(same.all()),
        )
