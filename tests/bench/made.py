"""Windows, answers and reports put together by hand."""

from collections.abc import Sequence
from typing import Any

from foveate.bench.facts import ServedModel
from foveate.bench.inputs import Item
from foveate.bench.journal import Record, Window
from foveate.bench.level import Measured
from foveate.bench.plan import LevelPlan
from foveate.bench.reply import Answer, Failure, Reason, Reply
from foveate.bench.schemas import Found, Host, Inputs, Level, Report, Setup
from foveate.bench.stability import Rules
from foveate.bench.summary import summarise

RULES = Rules(warmup_s=1, window_s=10, most=5, within=0.1, percentile=95)
ITEM = Item("clip.mp4", b"bytes", {"Content-Type": "video/mp4"})
BUSY = Failure(Reason.REFUSED, "429 overloaded", retry_after_s=2)
TIMEOUT = Failure(Reason.TIMEOUT, "timeout")


def answer(**changes: Any) -> Answer:
    facts: dict[str, Any] = {
        "stages_ms": {"decode": 50.0, "total": 90.0},
        "gflops": 2.0,
        "gflops_nominal": 3.0,
        "degraded": False,
        "exit": "complete",
        "answers": 16,
        "index": 1,
    }
    return Answer(**facts | changes)


def record(
    latency_s: float = 0.1, reply: Reply | None = None, lag_s: float = 0.0, label: int | None = None
) -> Record:
    sent, ended = 10.0 + lag_s, 10.0 + latency_s
    return Record(due=10.0, sent=sent, ended=ended, reply=reply or answer(), input="clip.mp4", label=label)


def window(records: Sequence[Record], start: float = 0.0, seconds: float = 10.0, **changes: Any) -> Window:
    facts: dict[str, Any] = {
        "sent": len(records),
        "unsent": 0,
        "overdue": (0, 0),
        "in_flight": (1, 1),
        "client_cpu_s": 0.5,
    }
    return Window(start=start, end=start + seconds, records=tuple(records), **facts | changes)


def level(*windows: Window, kind: Any = "concurrency", load: float = 4, steady: bool | None = True) -> Level:
    return summarise(LevelPlan(kind, load), Measured(windows, steady), RULES)


def model(**changes: Any) -> ServedModel:
    facts = {
        "name": "made",
        "version": "1",
        "description": "made up",
        "notice": "The labels mean nothing.",
        "sha256": "0" * 64,
        "precision": "fp32",
        "runtime": {"name": "imagined", "device": "cpu", "reason": "there is no other"},
        "input": {"pool": 4, "crop": 8},
        "cost": {"by_answer": [1, 2], "dense": 3},
        "labels": ["cat", "dog", "0"],
    }
    return ServedModel.model_validate(facts | changes)


def report(*levels: Level, ended: Any = "complete", found: Found | None = None) -> Report:
    setup = Setup(
        command="foveate bench",
        started="2026-01-01T00:00:00+00:00",
        versions={},
        host=Host(cpu="a processor", cores=2, system="Linux"),
        url="http://server",
        headers=[],
        parameters={},
        model=model(),
        inputs=Inputs(path="/v1/videos:classify", count=1, bytes=5, labelled=0, names=["clip.mp4"]),
        options={},
    )
    return Report(setup=setup, levels=list(levels), found=found, ended=ended)
