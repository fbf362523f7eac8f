import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from foveate.bench import course
from foveate.bench.plan import LevelPlan, Options, SearchPlan
from foveate.bench.run import run
from foveate.bench.schemas import Found, Report
from foveate.bench.stability import Rules
from foveate.errors import ConfigError, UnavailableError
from tests.bench.fake_server import Call, FakeServer, Response, answered, problem, serving
from tests.bench.test_setup import options

# Whatever the machine does meanwhile, three windows agree.
QUICK = Rules(warmup_s=0.05, window_s=0.15, most=10, within=1e9, percentile=95)
# Ended by an interrupt, so that as many requests are answered on a slow machine.
ENDLESS = Rules(warmup_s=0, window_s=60, most=10, within=0.1, percentile=None)


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with serving(FakeServer()) as fake:
        yield fake


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "list.csv").write_text("path,label\na.mp4,dog\nb.mp4,cat\n")
    return tmp_path / "list.csv"


def wanted(fake: FakeServer, videos: Path, *levels: LevelPlan, **changes: object) -> Options:
    facts = {"url": fake.url, "inputs": (videos,), "rules": QUICK, "levels": levels, "parameters": {}}
    return options(**facts | changes)


def measured(options: Options) -> Report:
    return run(options, ["foveate", "bench", "a b"], io.StringIO())


def test_a_sweep_of_clients(fake: FakeServer, videos: Path) -> None:
    report = measured(wanted(fake, videos, LevelPlan("concurrency", 1), LevelPlan("concurrency", 4)))
    assert report.ended == "complete"
    assert report.setup.command == "foveate bench 'a b'"
    assert report.setup.versions["server"] == "1.2.3"
    assert [level.load for level in report.levels] == [1, 4]
    for level in report.levels:
        assert level.steady
        assert (level.failed, level.in_flight_at_end) == ({}, level.load)
        assert level.answered > 0
        assert level.latency_ms is not None
        assert level.latency_ms.p50 >= 5
        assert level.compute is not None
        assert (level.compute.gflops, level.compute.gflops_nominal) == (2, 3)
        assert level.stages_ms["total"].mean == 2
        # The fake always says dog, and the clips take turns.
        assert level.accuracy is not None
        assert abs(level.accuracy.correct - level.accuracy.labelled / 2) <= 4
    assert {call.body for call in fake.calls} == {b"a.mp4", b"b.mp4"}


def test_an_open_loop(fake: FakeServer, videos: Path) -> None:
    (level,) = measured(wanted(fake, videos, LevelPlan("rate", 100, poisson=False))).levels
    assert level.kind == "rate"
    assert level.offered == pytest.approx(100, rel=0.2)
    assert level.generator.lag_ms is not None
    assert level.generator.cpu_share > 0


def test_a_trace(fake: FakeServer, videos: Path) -> None:
    trace = LevelPlan("trace", 1, trace=(0.0, 0.0, 0.2, 0.21))
    (level,) = measured(wanted(fake, videos, trace)).levels
    assert (level.steady, level.sent, level.answered, level.in_flight_at_end) == (None, 4, 4, 0)


def test_failures_do_not_end_it(fake: FakeServer, videos: Path) -> None:
    def respond(number: int, call: Call) -> Response:
        if number == 20:
            os.kill(os.getpid(), signal.SIGINT)
        kinds = (
            answered(),
            problem(500, "internal-error"),
            problem(429, "overloaded", **{"Retry-After": "0"}),
        )
        return kinds[number % 3]

    fake.respond = respond
    (level,) = measured(wanted(fake, videos, LevelPlan("concurrency", 2), rules=ENDLESS)).levels
    assert set(level.failed) == {"500 internal-error", "429 overloaded"}
    assert level.refused.count == level.refused.with_retry_after > 0
    assert level.answered > 0


def test_the_latency_limit_ends_the_sweep(fake: FakeServer, videos: Path) -> None:
    levels = [LevelPlan("concurrency", clients) for clients in (1, 2)]
    report = measured(wanted(fake, videos, *levels, limit_s=0.001))
    assert (report.ended, len(report.levels)) == ("latency-limit", 1)


def test_a_search(fake: FakeServer, videos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # How late answers are here is up to the machine.
    monkeypatch.setattr(course, "borne", lambda level, limit_s: level.load < 17)
    search = {"search": SearchPlan(10, 40, 0.1), "limit_s": 60.0}
    report = measured(wanted(fake, videos, LevelPlan("rate", 10, poisson=False), **search))
    assert report.found == Found(watched="p95", limit_ms=60_000, borne=16.82, too_much=18.34)
    assert [level.load for level in report.levels] == [10, 14.14, 16.82, 18.34, 20, 40]
    assert (report.ended, report.setup.options["search_highest"]) == ("complete", 40)


def test_a_search_whose_lowest_rate_is_too_much(fake: FakeServer, videos: Path) -> None:
    search = {"search": SearchPlan(10, 40, 0.1), "limit_s": 0.001}
    report = measured(wanted(fake, videos, LevelPlan("rate", 10, poisson=False), **search))
    assert report.found == Found(watched="p95", limit_ms=1, borne=None, too_much=10)
    assert [level.load for level in report.levels] == [10]


def test_an_interrupted_level_says_nothing_of_the_rate(fake: FakeServer, videos: Path) -> None:
    def respond(number: int, call: Call) -> Response:
        if number == 5:
            os.kill(os.getpid(), signal.SIGINT)
        return answered()

    fake.respond = respond
    search = {"search": SearchPlan(50, 90, 0.1), "limit_s": 60.0, "rules": ENDLESS}
    report = measured(wanted(fake, videos, LevelPlan("rate", 50), **search))
    assert (report.ended, report.found, len(report.levels)) == ("interrupted", None, 1)


def test_an_interrupt_gives_what_was_measured(fake: FakeServer, videos: Path) -> None:
    def respond(number: int, call: Call) -> Response:
        if number == 20:
            os.kill(os.getpid(), signal.SIGINT)
        return answered()

    fake.respond = respond
    report = measured(wanted(fake, videos, LevelPlan("concurrency", 1), LevelPlan("rate", 9), rules=ENDLESS))
    assert report.ended == "interrupted"
    (level,) = report.levels
    assert level.steady is None
    assert level.answered >= 19
    assert level.seconds < 50


def test_raw_frames(fake: FakeServer, videos: Path) -> None:
    chosen = {"inputs": (), "frames": 3, "parameters": {"model": "made", "top_k": "2"}}
    report = measured(wanted(fake, videos, LevelPlan("concurrency", 1), **chosen))
    call = fake.calls[-1]
    assert (call.path, call.query) == ("/v1/frames:classify", "model=made&top_k=2")
    assert (call.headers["x-shape"], len(call.body)) == ("3,8,8,3", 3 * 8 * 8 * 3)
    assert report.setup.inputs.path == "/v1/frames:classify"


def test_forms_by_chance(fake: FakeServer, videos: Path) -> None:
    measured(wanted(fake, videos, LevelPlan("concurrency", 1), form=True, shuffled=True))
    assert all(b"form-data" in call.body for call in fake.calls)
    assert {b"a.mp4" in call.body for call in fake.calls} == {True, False}


@pytest.mark.parametrize(
    ("response", "kind", "message"),
    [
        (problem(422, "undecodable-video"), ConfigError, "a.mp4: 422 undecodable-video: It is undecodable"),
        (problem(503, "unavailable"), UnavailableError, "503 unavailable"),
    ],
)
def test_a_request_that_can_never_be_answered(
    fake: FakeServer, videos: Path, response: Response, kind: type[Exception], message: str
) -> None:
    fake.respond = lambda number, call: response
    with pytest.raises(kind, match=message):
        measured(wanted(fake, videos, LevelPlan("concurrency", 1)))
    assert len(fake.calls) == 1
