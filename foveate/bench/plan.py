"""What shall be measured."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from foveate.bench import arrivals
from foveate.bench.inputs import Item
from foveate.bench.journal import Journal
from foveate.bench.level import Load
from foveate.bench.loads import Ask, ClosedLoop, OpenLoop
from foveate.bench.stability import Rules


def level_name(kind: str, load: float) -> str:
    """A level in words."""
    return {"concurrency": f"concurrency {load:g}", "rate": f"rate {load:g}/s"}.get(kind, f"trace x{load:g}")


@dataclass(frozen=True, slots=True)
class LevelPlan:
    """One level of load.

    Attributes:
        kind: clients in a closed loop, requests a second in an open one, or a trace.
        load: how many of them; of a trace, its speed.
        poisson: whether the requests of a rate come by chance.
        trace: seconds at which requests are due.
        most: requests under way in an open loop.
        seed: of chance.
    """

    kind: Literal["concurrency", "rate", "trace"]
    load: float
    poisson: bool = True
    trace: tuple[float, ...] = ()
    most: int = 1024
    seed: int = 0

    @property
    def name(self) -> str:
        """In words."""
        return level_name(self.kind, self.load)

    @property
    def whole(self) -> bool:
        """Whether it is measured from its first request to its last reply."""
        return self.kind == "trace"

    def start(self, ask: Ask, items: Iterator[Item], journal: Journal) -> Load:
        """What posts it."""
        if self.kind == "concurrency":
            return ClosedLoop(int(self.load), ask, items, journal)
        return OpenLoop(self._arrivals(), ask, items, journal, self.most)

    def _arrivals(self) -> Iterator[float]:
        if self.kind == "trace":
            return iter(self.trace)
        return arrivals.poisson(self.load, self.seed) if self.poisson else arrivals.constant(self.load)


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """Where to search for the highest rate that is borne.

    Attributes:
        lowest: requests a second.
        highest: requests a second.
        within: share of the rate at which what is not known is small enough.
    """

    lowest: float
    highest: float
    within: float


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for.

    Attributes:
        url: of the server; nothing in it is secret.
        headers: sent with every request; their values may be secret.
        inputs: files, folders and lists.
        frames: of a random video of raw frames, instead of files.
        frame_size: height and width of those; None for the model's crop.
        form: post files as a form instead of as the body itself.
        parameters: sent with every request.
        shuffled: take inputs by chance instead of in turn.
        seed: of all chance.
        levels: in the order they are measured; of a search, the first.
        search: the highest rate within ``limit_s`` is searched for.
        rules: when a level has been measured for long enough.
        timeout_s: patience for one request.
        limit_s: a sweep ends after the first level whose watched latency is above.
        json: file of the whole report.
        csv: file of a row a level.
        requests: file of a line of JSON a request.
        picture: file of latency against throughput.
        quiet: no progress.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)
    inputs: tuple[Path, ...]
    frames: int | None
    frame_size: tuple[int, int] | None
    form: bool
    parameters: Mapping[str, str]
    shuffled: bool
    seed: int
    levels: tuple[LevelPlan, ...]
    search: SearchPlan | None
    rules: Rules
    timeout_s: float
    limit_s: float | None
    json: Path | None
    csv: Path | None
    requests: Path | None
    picture: Path | None
    quiet: bool
