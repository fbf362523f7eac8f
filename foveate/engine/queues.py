"""The queues of units, one for each kind of batch, and which of them is served next.

Fair between bundles by the multiply-adds they were given; within a bundle, later stages first, for they drain
latency and pages.
"""

from collections import deque
from collections.abc import Callable, Iterable

from foveate.engine.messages import Stage
from foveate.engine.units import QueueKey, Unit

_LATEST_FIRST = (Stage.CLASSIFY, Stage.FOCUS, Stage.POLICY, Stage.GLANCE)


class UnitQueues:
    """Units waiting for a lane, first come first served within a kind."""

    def __init__(self) -> None:
        self._queues: dict[QueueKey, deque[Unit]] = {}
        self._served: dict[str, float] = {}

    def depths(self) -> dict[tuple[str, Stage], int]:
        """Units waiting, by bundle and stage."""
        depths: dict[tuple[str, Stage], int] = {}
        for key, queue in self._queues.items():
            name = (key.bundle, key.stage)
            depths[name] = depths.get(name, 0) + len(queue)
        return depths

    def push(self, bundle: str, units: Iterable[Unit]) -> None:
        """Append units of one bundle."""
        for unit in units:
            key = QueueKey(bundle, unit.stage, unit.form)
            if not self._waiting(bundle):
                self._enter(bundle)
            self._queues.setdefault(key, deque()).append(unit)

    def forget(self, bundle: str) -> None:
        """Drop a bundle, and what waits of it: units of videos that have ended."""
        for key in [key for key in self._queues if key.bundle == bundle]:
            del self._queues[key]
        self._served.pop(bundle, None)

    def charge(self, bundle: str, cost: float) -> None:
        """Account for a batch that was given to a bundle; one more than its cost, so that none is free."""
        self._served[bundle] = self._served.get(bundle, 0.0) + cost + 1

    def keys(self, enough: Callable[[QueueKey], int]) -> list[QueueKey]:
        """Kinds of batch that could be formed, best first.

        Args:
            enough: units below which a kind waits while an earlier stage of its bundle has some.
        """
        bundles = sorted({key.bundle for key, queue in self._queues.items() if queue}, key=self._share)
        return [key for bundle in bundles for key in self._in_bundle(bundle, enough)]

    def take(self, key: QueueKey, count: int) -> list[Unit]:
        """Remove and return up to ``count`` units."""
        queue = self._queues[key]
        return [queue.popleft() for _ in range(min(count, len(queue)))]

    def depth(self, key: QueueKey) -> int:
        """Units waiting for one kind of batch."""
        return len(self._queues.get(key, ()))

    def _in_bundle(self, bundle: str, enough: Callable[[QueueKey], int]) -> list[QueueKey]:
        waiting = [key for key, queue in self._queues.items() if queue and key.bundle == bundle]
        waiting.sort(key=lambda key: _LATEST_FIRST.index(key.stage))
        filled = [key for key in waiting if self.depth(key) >= enough(key)]
        # A small batch of a late stage waits only while an earlier stage has work that can feed it.
        return filled + [key for key in reversed(waiting) if key not in filled]

    def _share(self, bundle: str) -> float:
        return self._served.get(bundle, 0.0)

    def _waiting(self, bundle: str) -> bool:
        return any(queue for key, queue in self._queues.items() if key.bundle == bundle)

    def _enter(self, bundle: str) -> None:
        """A bundle that was idle has no claim on the time it did not use."""
        busy = [self._share(key.bundle) for key, queue in self._queues.items() if queue]
        if busy:
            self._served[bundle] = max(self._share(bundle), min(busy))
