"""An engine on fake networks, and what it says."""

import threading
from collections.abc import Callable, Mapping, Sequence

from foveate.bundle.manifest import Graph, Manifest
from foveate.engine.engine import Engine
from foveate.engine.messages import Answer, Event, Failure, Options, Released, Submit
from foveate.engine.scheduler import LaneRules
from foveate.runtimes.base import Tensor
from tests.engine.fake import FakeRuntime, Hook, Pages, bundle, pages_of


class Gate:
    """A hook at which batches wait.

    Attributes:
        reached: set once a batch waits, or has waited.
        open: to be set to let them pass; after ten seconds they do anyway.
    """

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()

    def __call__(self, graph: Graph, inputs: Mapping[str, Tensor]) -> None:
        self.reached.set()
        self.open.wait(10)


class Harness:
    """An engine on fake networks, and the events it gave."""

    def __init__(self, *manifests: Manifest, rules: LaneRules, hook: Hook | None = None) -> None:
        self._prepare()
        runtime = FakeRuntime(manifests, hook)
        self.engine = Engine(runtime, rules, self.pages, self._take, on_death=self.deaths.append)
        for manifest in manifests:
            self.engine.add_bundle(manifest.name, bundle(manifest))
        self.engine.start()

    def _prepare(self) -> None:
        self.pages = Pages()
        self.events: list[Event] = []
        self.deaths: list[BaseException] = []
        self._changed = threading.Condition()

    def _take(self, events: Sequence[Event]) -> None:
        with self._changed:
            self.events += events
            self._changed.notify_all()

    def wait(self, count: int, seconds: float = 20.0) -> list[Event]:
        """Wait until so many videos have been released."""
        self.until(lambda: len(self.of(Released)) >= count, seconds)
        return self.events

    def until(self, true: Callable[[], bool], seconds: float = 20.0) -> None:
        """Wait until the events make something true."""
        with self._changed:
            assert self._changed.wait_for(true, seconds), self.events

    def of(self, kind: type) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def answers(self) -> dict[str, Answer]:
        return {event.id: event for event in self.events if isinstance(event, Answer)}

    def errors(self) -> dict[str, Exception]:
        return {event.id: event.error for event in self.events if isinstance(event, Failure)}


def alone(manifest: Manifest, first_page: int, options: Options) -> Answer:
    harness = Harness(manifest, rules=LaneRules(lanes=1, max_frames=1, max_videos=1))
    harness.engine.handle(Submit("only", manifest.name, pages_of(manifest, first_page), options))
    harness.wait(1)
    assert harness.engine.close()
    return harness.answers()["only"]
