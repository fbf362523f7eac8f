"""The scheduler: which units run together next. Pure logic: no device, no clock of its own, no threads.

Work-conserving: a lane that asks is given what is there. Queues hold units, so a batch takes the next units
of as many videos as fit, and is refilled after each answer. Deadlines and cancellations are looked at when a
batch is formed; a failing batch is halved until the unit at fault is alone.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from foveate.engine.ledger import Entry
from foveate.engine.load import SpentShare
from foveate.engine.messages import Stage, Submit
from foveate.engine.plan import BundlePlan
from foveate.engine.progress import Progress
from foveate.engine.queues import UnitQueues
from foveate.engine.units import Batch, ClosedBy, Outcome, QueueKey, Unit
from foveate.errors import CancelledError, DeadlineError, ExecutionError, FoveateError

Judge = Callable[[int, int], bool]
"""Given a video's number and one of its answers, says whether the video leaves with it."""


@dataclass(frozen=True, slots=True)
class LaneRules:
    """How batches are formed for one kind of device.

    Attributes:
        lanes: batches that may run at once.
        max_frames: most frames or patches in a batch of glance or focus.
        max_videos: most units in a batch of policy or classifier.
        share: split what is there evenly over the lanes (CPU), instead of filling one batch (GPU).
        full: a batch that is not full waits while an earlier stage can feed it (GPU).
        look_ahead: steps of one video in flight beyond its last answer.
    """

    lanes: int
    max_frames: int = 8
    max_videos: int = 8
    share: bool = True
    full: bool = False
    look_ahead: int = 2

    def most_units(self, plan: BundlePlan, stage: Stage) -> int:
        """Most units in a batch of a stage."""
        if stage in (Stage.POLICY, Stage.CLASSIFY):
            return self.max_videos
        return max(1, self.max_frames // max(1, plan.frames_in(stage)))


class Scheduler:
    """Holds every video in flight and hands out batches.

    Args:
        rules: how batches are formed.
        judge: see ``Judge``; called when all views of a video have made an answer.
    """

    def __init__(self, rules: LaneRules, judge: Judge) -> None:
        self.rules = rules
        self._judge = judge
        self._plans: dict[str, BundlePlan] = {}
        self._shares: dict[str, SpentShare] = {}
        self._queues = UnitQueues()
        self._entries: dict[int, Entry] = {}
        self._numbers: dict[str, int] = {}
        self._halves: deque[tuple[QueueKey, tuple[Unit, ...]]] = deque()
        self._ended: list[Entry] = []
        self._next_video = 0
        self._next_batch = 0

    def add_bundle(self, name: str, plan: BundlePlan) -> None:
        """Accept videos of a bundle from now on."""
        self._plans[name] = plan
        self._shares[name] = SpentShare()

    def remove_bundle(self, name: str) -> bool:
        """Forget a bundle, unless one of its videos is in flight or held by a batch; whether it is gone."""
        if any(entry.bundle == name for entry in self._entries.values()):
            return False
        del self._plans[name], self._shares[name]
        self._queues.forget(name)
        return True

    def submit(self, message: Submit, now: float) -> int:
        """Accept a video and return its number."""
        number, self._next_video = self._next_video, self._next_video + 1
        progress = Progress(
            number,
            self._plans[message.bundle],
            message.options,
            self.rules.look_ahead,
            lambda answer: self._judge(number, answer),
        )
        entry = Entry(number, message.id, message.bundle, progress, now, message.deadline)
        self._entries[number] = entry
        self._numbers[message.id] = number
        self._queues.push(entry.bundle, progress.ready())
        return number

    def cancel(self, video_id: str) -> None:
        """Stop giving out units of a video; unknown names are of videos that have just ended."""
        number = self._numbers.get(video_id)
        if number is not None:
            self._end(self._entries[number], CancelledError("the request was cancelled"))

    def fail_all(self, error: FoveateError) -> None:
        """End every video in flight with an error."""
        for entry in list(self._entries.values()):
            self._end(entry, error)

    def next_batch(self, now: float) -> Batch | None:
        """The units a free lane should run now, or None when there are none."""
        while self._halves:
            key, units = self._halves.popleft()
            if alive := self._alive(units, now):
                return self._form(key, alive, ClosedBy.BISECTED)
        while True:
            for key in self._queues.keys(self._enough):
                if batch := self._from_queue(key, now):
                    return batch
            if not self._widen():
                return None

    def complete(self, batch: Batch, outcomes: Sequence[Outcome], started: float, now: float) -> None:
        """Take note of a batch that ran and queue what follows from it."""
        self._leave(batch, started, now)
        plan, stage = self._plans[batch.key.bundle], batch.key.stage
        cost = plan.cost(stage, batch.key.form)
        for unit, outcome in zip(batch.units, outcomes, strict=True):
            entry = self._entries[unit.video]
            entry.executed += cost
            entry.frames_glanced += plan.frames_in(stage) if stage is Stage.GLANCE else 0
            entry.patches_focused += plan.frames_in(stage) if stage is Stage.FOCUS else 0
            if not entry.over:
                entry.progress.done(unit, outcome)
                self._queues.push(entry.bundle, entry.progress.ready())
        self._settle(batch)

    def fail(self, batch: Batch, error: Exception, started: float, now: float) -> None:
        """Take note of a batch that raised: halve it, or end the video of its only unit."""
        self._leave(batch, started, now)
        if len(batch.units) > 1:
            middle = len(batch.units) // 2
            self._halves.append((batch.key, batch.units[:middle]))
            self._halves.append((batch.key, batch.units[middle:]))
        else:
            known = isinstance(error, FoveateError)
            message = str(error) if known else f"the {batch.key.stage} network failed on this video"
            self._end(self._entries[batch.units[0].video], ExecutionError(message))
        self._settle(batch)

    def ended(self) -> list[Entry]:
        """Videos that ended since the last call, each given once."""
        ended, self._ended = self._ended, []
        return ended

    def released(self) -> list[Entry]:
        """Ended videos that no batch holds any more, each given once; they are forgotten with this."""
        gone = [entry for entry in self._entries.values() if entry.closed and entry.in_flight == 0]
        for entry in gone:
            del self._entries[entry.number]
            if entry.progress.finished and entry.progress.course.uncertain:
                self._shares[entry.bundle].note(entry.executed, entry.most)
        return gone

    def plan_of(self, video: int) -> BundlePlan:
        """The plan of a video in flight."""
        return self._entries[video].progress.plan

    def in_flight(self) -> int:
        """Videos that have not ended."""
        return len(self._numbers)

    def pending_cost(self) -> int:
        """Multiply-adds that the videos in flight should still take.

        Those that may leave early take as much of what is left as others of their bundle took of the whole.
        """
        return round(sum(self._pending(entry) for entry in self._entries.values() if not entry.over))

    def depths(self) -> dict[tuple[str, Stage], int]:
        """Units waiting, by bundle and stage."""
        return self._queues.depths()

    def _enough(self, key: QueueKey) -> int:
        """Units for which a batch need not wait."""
        return self.rules.most_units(self._plans[key.bundle], key.stage) if self.rules.full else 1

    def _pending(self, entry: Entry) -> float:
        left = max(0, entry.most - entry.executed)
        return left * self._shares[entry.bundle].value if entry.progress.course.uncertain else left

    def _from_queue(self, key: QueueKey, now: float) -> Batch | None:
        limit = self.rules.most_units(self._plans[key.bundle], key.stage)
        depth = self._queues.depth(key)
        count = min(limit, -(-depth // self.rules.lanes)) if self.rules.share else limit
        units: list[Unit] = []
        while len(units) < count and self._queues.depth(key):
            units += self._alive(self._queues.take(key, count - len(units)), now)
        if not units:
            return None
        self._queues.charge(key.bundle, len(units) * self._plans[key.bundle].cost(key.stage, key.form))
        if len(units) == limit:
            return self._form(key, tuple(units), ClosedBy.FULL)
        left = self._queues.depth(key)
        return self._form(key, tuple(units), ClosedBy.SHARED if left else ClosedBy.DRAINED)

    def _form(self, key: QueueKey, units: tuple[Unit, ...], closed_by: ClosedBy) -> Batch:
        for video in {unit.video for unit in units}:
            self._entries[video].in_flight += 1
        number, self._next_batch = self._next_batch, self._next_batch + 1
        return Batch(number, key, units, closed_by)

    def _alive(self, units: Sequence[Unit], now: float) -> tuple[Unit, ...]:
        """Units of videos that still want an answer; videos past their deadline end here."""
        alive = []
        for unit in units:
            entry = self._entries.get(unit.video)
            if entry is None or entry.over:
                continue
            if entry.deadline is not None and now >= entry.deadline:
                self._end(entry, DeadlineError("the deadline passed before the answer was ready"))
            else:
                alive.append(unit)
        return tuple(alive)

    def _widen(self) -> bool:
        """Before a lane idles, let the oldest video that can look further ahead do so."""
        for entry in self._entries.values():
            if not entry.over and (units := entry.progress.widen()):
                self._queues.push(entry.bundle, units)
                return True
        return False

    def _leave(self, batch: Batch, started: float, now: float) -> None:
        for video in {unit.video for unit in batch.units}:
            entry = self._entries[video]
            entry.in_flight -= 1
            entry.spans.append((batch.key.stage, started, now))

    def _settle(self, batch: Batch) -> None:
        """Close the videos that this batch finished."""
        for video in {unit.video for unit in batch.units}:
            entry = self._entries[video]
            if entry.progress.finished and not entry.closed:
                self._close(entry)

    def _end(self, entry: Entry, error: FoveateError) -> None:
        if not entry.over:
            entry.error = error
            self._close(entry)

    def _close(self, entry: Entry) -> None:
        entry.closed = True
        self._numbers.pop(entry.id, None)
        self._ended.append(entry)
