import json
from pathlib import Path
from typing import Any

import pytest

from foveate.bench.level import Measured
from foveate.bench.plan import LevelPlan
from foveate.bench.requests_file import lines_of, requests_file
from foveate.errors import ConfigError
from tests.bench.made import BUSY, TIMEOUT, answer, record, window

ANSWERED = record(0.25, answer(request_id="r1"), lag_s=0.1, label=2)


def written(path: Path, *levels: tuple[LevelPlan, Measured]) -> list[dict[str, Any]]:
    with requests_file(path) as write:
        for plan, measured in levels:
            write(plan, measured)
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_a_request(tmp_path: Path) -> None:
    first = LevelPlan("rate", 2.5), Measured((window([ANSWERED], start=9.0),), True)
    second = LevelPlan("concurrency", 4), Measured((window([record(reply=BUSY)]),), True)
    answered, refused = written(tmp_path / "requests.jsonl", first, second)
    assert answered == {
        "kind": "rate",
        "load": 2.5,
        "window": 1,
        "reported": True,
        "due_s": 1.0,
        "sent_s": pytest.approx(1.1),
        "ended_s": 1.25,
        "latency_ms": 250,
        "input": "clip.mp4",
        "label": 2,
        "request_id": "r1",
        "failed": None,
        "retry_after_s": None,
        "index": 1,
        "gflops": 2.0,
        "gflops_nominal": 3.0,
        "degraded": False,
        "exit": "complete",
        "answers": 16,
        "stages_ms": {"decode": 50.0, "total": 90.0},
    }
    assert answered.keys() == refused.keys()
    assert (refused["load"], refused["failed"], refused["retry_after_s"]) == (4, "429 overloaded", 2)
    assert refused["request_id"] is refused["index"] is refused["stages_ms"] is None


def test_every_window_is_in_it_and_those_of_the_report_are_told() -> None:
    windows = tuple(window([record(reply=TIMEOUT)], start=10.0 * number) for number in range(5))
    lines = list(lines_of(LevelPlan("concurrency", 1), Measured(windows, True)))
    assert [line.window for line in lines] == [1, 2, 3, 4, 5]
    assert [line.reported for line in lines] == [False, False, True, True, True]
    trace = lines_of(LevelPlan("trace", 1), Measured(windows, None))
    assert all(line.reported for line in trace)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_said_once_and_ends_nothing() -> None:
    said: list[str] = []
    with requests_file(Path("/dev/full"), said.append) as write:
        for load in (1, 2):
            write(LevelPlan("rate", load), Measured((window([ANSWERED]),), True))
    (line,) = said
    assert line.startswith("/dev/full could not be written to its end: No space left on device")


def test_nothing_is_written_without_a_file_and_what_cannot_be_is_said(tmp_path: Path) -> None:
    with requests_file(None) as write:
        write(LevelPlan("rate", 1), Measured((window([ANSWERED]),), True))
    with pytest.raises(ConfigError, match="cannot be written"), requests_file(tmp_path):
        pass
