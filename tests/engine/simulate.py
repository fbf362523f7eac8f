"""Lanes with a virtual clock: runs a scheduler with no threads, no arrays and no waiting."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from foveate.engine.ledger import Entry
from foveate.engine.messages import Stage, Submit
from foveate.engine.plan import BundlePlan
from foveate.engine.scheduler import LaneRules, Scheduler
from foveate.engine.units import Batch, Outcome, Unit
from tests.engine import systems


@dataclass
class Simulation:
    """Virtual lanes over a scheduler.

    ``seconds`` gives a batch's duration, ``outcome`` what each unit reports, ``raises`` whether it fails.
    """

    scheduler: Scheduler
    seconds: Callable[[Batch], float] = lambda batch: float(len(batch.units))
    outcome: Callable[[Unit], Outcome] = lambda unit: Outcome()
    raises: Callable[[Batch], Exception | None] = lambda batch: None
    now: float = 0.0
    ran: list[Batch] = field(default_factory=list)
    finished: list[Batch] = field(default_factory=list)
    ended: list[Entry] = field(default_factory=list)
    released: list[Entry] = field(default_factory=list)
    _busy: list[tuple[float, int, Batch, float]] = field(default_factory=list)

    def fill(self) -> None:
        """Give every free lane a batch if there is one."""
        while len(self._busy) < self.scheduler.rules.lanes:
            batch = self.scheduler.next_batch(self.now)
            self._collect()
            if batch is None:
                return
            self.ran.append(batch)
            heapq.heappush(self._busy, (self.now + self.seconds(batch), batch.number, batch, self.now))

    def step(self) -> bool:
        """Let the next batch end; whether there was one."""
        self.fill()
        if not self._busy:
            return False
        self.now, _, batch, started = heapq.heappop(self._busy)
        error = self.raises(batch)
        if error is None:
            outcomes = [self.outcome(unit) for unit in batch.units]
            self.scheduler.complete(batch, outcomes, started, self.now)
            self.finished.append(batch)
        else:
            self.scheduler.fail(batch, error, started, self.now)
        self._collect()
        return True

    def run(self) -> None:
        """Run until nothing is left."""
        while self.step():
            pass

    def _collect(self) -> None:
        self.ended += self.scheduler.ended()
        self.released += self.scheduler.released()

    def units(self, stage: Stage | None = None) -> list[Unit]:
        """All units that ran to their end."""
        return [u for batch in self.finished for u in batch.units if stage in (None, u.stage)]


def simulation(
    *names: str,
    rules: LaneRules | None = None,
    judge: Callable[[int, int], bool] = lambda video, answer: False,
) -> Simulation:
    """A simulation with the hand-written bundles of these names."""
    scheduler = Scheduler(rules or LaneRules(lanes=2), judge)
    for name in names:
        scheduler.add_bundle(name, BundlePlan.of(systems.ALL[name]()))
    return Simulation(scheduler)


def submit(sim: Simulation, video: str, bundle: str, **options: object) -> int:
    """Submit a video by name; ``options`` are those of ``Submit``."""
    message = Submit(video, bundle, ((),), **options)  # type: ignore[arg-type]
    return sim.scheduler.submit(message, sim.now)
