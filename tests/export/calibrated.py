"""Bundles calibrated on made-up videos, and what must become of each of these videos."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.load import Bundle, load_bundle
from foveate.bundle.manifest import Manifest
from foveate.bundle.vocabulary import Form, Measure
from foveate.engine.confidence import confidence
from foveate.engine.engine import Engine
from foveate.engine.messages import Answer, Event, Failure, Options, Released, Stage, Submit
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules
from foveate.evaluation.calibrate import Choices, calibrate
from foveate.evaluation.calibrated_bundle import write_exits
from foveate.evaluation.calibration import exits_taken
from foveate.evaluation.calibration_data import read_calibration
from foveate.evaluation.exit_curve import parse_ratios
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime

VIDEOS = 28
RATIOS = "0.1:2.5:0.1"
SLACK = 0.003
"""Half precision rounds logits to steps of this size, and batches of other sizes round otherwise."""


@dataclass(frozen=True)
class Calibrated:
    """A calibrated bundle, its calibration videos (videos, pool, crop, crop, 3), and their logits."""

    bundle: Bundle
    plan: BundlePlan
    videos: NDArray[np.uint8]
    logits: NDArray[np.float32]

    def taken(self, number: int) -> NDArray[np.int64]:
        """The answer at which each video leaves by a setting."""
        return exits_taken(self._surety(), self._thresholds(number))

    def certain(self, number: int) -> NDArray[np.bool_]:
        """Videos that no rounding can make leave elsewhere."""
        far = np.abs(self._surety() - self._thresholds(number)) > SLACK
        reached = np.arange(far.shape[1]) <= self.taken(number)[:, None]
        certain: NDArray[np.bool_] = (far | ~reached).all(1)
        return certain

    def _surety(self) -> NDArray[np.float32]:
        exits = self.bundle.manifest.exits
        assert exits is not None
        return confidence(self.logits, exits.measure)

    def _thresholds(self, number: int) -> NDArray[np.float32]:
        exits = self.bundle.manifest.exits
        assert exits is not None
        return np.array(exits.settings[number].thresholds, np.float32)

    def steps_executed(self, answer: int) -> int:
        """Multiply-adds of a video that leaves at an answer and has looked no step further."""
        plan, steps = self.plan, answer + (0 if self.plan.has_glance_answer else 1)
        if not plan.has_glance_answer:
            policy = plan.cost(Stage.POLICY, Form.STEP)
            each = plan.cost(Stage.GLANCE, Form.WHOLE) + policy + plan.cost(Stage.FOCUS, Form.WHOLE)
            return steps * (each + plan.cost(Stage.CLASSIFY, Form.STEP))
        early = plan.glances * plan.cost(Stage.GLANCE, Form.WHOLE) + plan.cost(Stage.CLASSIFY, Form.GLANCE)
        if answer == 0:
            return early
        units = min(steps, plan.focuses)
        form = Form.STEP if Form.STEP in self.bundle.manifest.networks.classifier.forms else Form.WHOLE
        policy = plan.cost(Stage.POLICY, Form.WHOLE)
        return early + policy + units * (plan.cost(Stage.FOCUS, Form.WHOLE) + plan.cost(Stage.CLASSIFY, form))


def calibrated(bundle: Bundle, out: Path, measure: Measure = Measure.LARGEST_LOGIT) -> Calibrated:
    """Run made-up videos through a bundle's engine and solve its exits on their logits."""
    videos = made_videos(bundle.manifest)
    logits = every_answer(bundle, videos)
    # The last to leave at an answer is exactly as sure as its threshold; logits are told a little too low,
    # so that it leaves there however its logits are rounded. The measure goes down with them.
    told = logits - 2 * np.float32(SLACK) if measure is Measure.LARGEST_LOGIT else logits
    # Untrained networks are right by chance; say that they are right half-way, so that the curve rises.
    labels = logits[:, logits.shape[1] // 2].argmax(1)
    np.savez(out.with_suffix(".npz"), logits=told, labels=labels)
    data = read_calibration(out.with_suffix(".npz"), bundle.manifest)
    found = calibrate(bundle.manifest, data, Choices(measure, parse_ratios(RATIOS), None, 0.5))
    done = load_bundle(write_exits(bundle, found.exits, out, False))
    return Calibrated(done, BundlePlan.of(done.manifest), videos, logits)


def made_videos(manifest: Manifest) -> NDArray[np.uint8]:
    """Videos that differ in colour, contrast and detail, of a bundle's pool and crop."""
    pool, crop = manifest.sampling.pool, manifest.preprocessing.crop
    chance = np.random.default_rng(5)
    videos = []
    for _ in range(VIDEOS):
        side = int(chance.integers(1, 6))
        coarse = chance.integers(0, 256, (pool, side, side, 3)).repeat(-(-crop // side), 1)
        frames = coarse.repeat(-(-crop // side), 2)[:, :crop, :crop]
        mix = chance.random()
        videos.append((mix * frames + (1 - mix) * chance.integers(0, 256, 3)).astype(np.uint8))
    return np.stack(videos)


def every_answer(bundle: Bundle, videos: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logits (videos, answers, classes) as the engine gives them with every step."""
    count, pool = videos.shape[:2]
    pages = videos.reshape(count * pool, *videos.shape[2:])
    events: list[Event] = []
    done = threading.Event()

    def take(some: Sequence[Event]) -> None:
        events.extend(some)
        if sum(isinstance(event, Released) for event in events) == count:
            done.set()

    engine = Engine(OnnxCpuRuntime(), LaneRules(lanes=1), lambda page, _: pages[page], take)
    engine.add_bundle("it", bundle)
    views = len(bundle.manifest.preprocessing.views)
    for video in range(count):
        entries = tuple(range(video * pool, (video + 1) * pool))
        engine.handle(Submit(str(video), "it", (entries,) * views, Options(every_step=True)))
    engine.start()
    assert done.wait(60)
    assert engine.close()
    assert not [event for event in events if isinstance(event, Failure)]
    found = {event.id: event.step_logits for event in events if isinstance(event, Answer)}
    return np.stack([np.asarray(found[str(video)]) for video in range(count)])
