"""An engine on fake networks, and what it says."""

import threading
from collections.abc import Sequence

from foveate.bundle.manifest import Manifest
from foveate.engine.engine import Engine
from foveate.engine.messages import Answer, Event, Failure, Options, Released, Submit
from foveate.engine.scheduler import LaneRules
from tests.engine.fake import FakeRuntime, Hook, Pages, bundle, pages_of


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
        with self._changed:
            done = self._changed.wait_for(lambda: len(self.of(Released)) >= count, seconds)
        assert done, self.events
        return self.events

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
