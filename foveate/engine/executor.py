"""What every executor shares: its interface, what a unit looks at, and what the host keeps of its outputs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.load import Bundle
from foveate.bundle.manifest import Output
from foveate.bundle.vocabulary import Form, Sink, UnitKind
from foveate.engine.messages import Stage
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules
from foveate.engine.scratch import Scratch
from foveate.engine.store import VideoStore, ViewStore
from foveate.engine.units import Batch, Outcome, Unit
from foveate.runtimes.base import LoadedGraph, Tensor

Pages = tuple[tuple[int, ...], ...]


class BatchExecutor(Protocol):
    """Runs the batches of one bundle, from several lanes at once."""

    def open(self, pages: Pages) -> VideoStore:
        """The store of a new video.

        Args:
            pages: the slab page of each pool entry, for each view.

        Raises:
            OverloadedError: there is no room for it.
        """
        ...

    def run(self, batch: Batch, stores: Sequence[VideoStore], scratch: Scratch) -> list[Outcome]:
        """Run one batch and wait for it.

        Args:
            batch: the units.
            stores: the store of each unit's video.
            scratch: the calling lane's.

        Raises:
            ExecutionError: the outputs are not of the declared shapes, or the plan points outside a frame.
        """
        ...

    def close(self, store: VideoStore) -> None:
        """Nothing of this video runs any more, and its pages are about to be given back."""
        ...


MakeExecutor = Callable[[Bundle, BundlePlan], BatchExecutor]


class OpenDevice(Protocol):
    """A device that has been made ready."""

    def make(self, bundle: Bundle, plan: BundlePlan) -> BatchExecutor:
        """Load a bundle; see ``MakeExecutor``."""
        ...

    def close(self) -> None:
        """Let go of the slab; nothing may be running."""
        ...


@runtime_checkable
class OpensDevice(Protocol):
    """A runtime that keeps frames, features and states on its device, instead of taking and giving arrays."""

    def rules(self, rules: LaneRules) -> LaneRules:
        """How batches are formed for it, given how they would be for the CPU."""
        ...

    def open_device(self, slab: NDArray[np.uint8], rules: LaneRules, videos: int) -> OpenDevice:
        """Make the device ready.

        Args:
            slab: (pages, page bytes), where frames are decoded to.
            rules: the engine's.
            videos: videos of one bundle that may be in flight.
        """
        ...


@runtime_checkable
class ChecksBundles(Protocol):
    """A runtime that looks at what it has made of a bundle's graphs before they serve."""

    def check(self, bundle: Bundle, graphs: Mapping[str, LoadedGraph]) -> None:
        """Look at a bundle.

        Args:
            bundle: as loaded.
            graphs: what the runtime has loaded, by file.

        Raises:
            BundleError: it would not do what the bundle says.
        """
        ...


def looked_at(plan: BundlePlan, unit: Unit, view: ViewStore) -> list[tuple[int, int | None]]:
    """Pool entry of each frame or patch in a unit, and the step whose rectangle is cut; None for no cut."""
    network = plan.network(unit.stage)
    assert network is not None
    one = network.unit is UnitKind.FRAME
    fixed = plan.manifest.plan
    if unit.stage is Stage.GLANCE:
        entries = (fixed.glance[unit.index],) if one else fixed.glance
        return [(entry, None) for entry in entries]
    if one:
        return [(fixed.candidates[int(view.frames[unit.index])], unit.index)]
    return [(fixed.candidates[frame], step) for step, frame in enumerate(view.frames.tolist())]


def keep_on_host(plan: BundlePlan, unit: Unit, view: ViewStore, output: Output, value: Tensor) -> None:
    """Store what the answer is made of: logits and the plan's choices; other sinks are left alone.

    Args:
        plan: of the video.
        unit: that gave the value.
        view: to store it in.
        output: which of the network's outputs it is.
        value: of its shape, a frame's or, in the whole-sequence form, all frames': logits (classes) or
            (answers, classes), frames (steps), rectangles (4) or (steps, 4), keep () or (steps).
    """
    if output.sink is Sink.LOGITS:
        _store_logits(plan, unit, view, value)
    elif output.sink is Sink.FRAMES:
        view.frames[:] = value
    elif output.sink is Sink.RECTANGLES:
        whole = unit.form is Form.WHOLE
        view.rectangles[slice(None) if whole else unit.index] = value
    elif output.sink is Sink.KEEP:
        whole = unit.form is Form.WHOLE
        view.keep[slice(None) if whole else slice(unit.index, unit.index + 1)] = value


def outcome_of(plan: BundlePlan, keep: NDArray[np.float32]) -> Outcome:
    """The outcome of a policy unit, from its keep probabilities: () of one frame, or (steps)."""
    threshold = plan.manifest.plan.keep_threshold
    if threshold is None:
        return Outcome()
    return Outcome(tuple(bool(p >= threshold) for p in np.atleast_1d(keep)))


def _store_logits(plan: BundlePlan, unit: Unit, view: ViewStore, value: Tensor) -> None:
    if unit.form is Form.GLANCE:
        view.logits[0] = value
    elif unit.form is Form.STEP:
        view.logits[unit.index + (1 if plan.has_glance_answer else 0)] = value
    elif value.ndim == 2:
        view.logits[-len(value) :] = value
    else:
        view.logits[-1] = value
