from typing import Any

import pytest

from foveate.bench.schemas import Level
from tests.bench.made import TIMEOUT, answer, level, record, window


def one(count: int = 100, kind: str = "rate", steady: bool | None = True, **changes: Any) -> Level:
    return level(window([record()] * count, **changes), kind=kind, load=10, steady=steady)


def test_nothing_to_say() -> None:
    assert one().warnings == one(unsent=1).warnings == []
    assert one(kind="trace", steady=None).warnings == []


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (one(unsent=2), "2 requests that were due were not sent"),
        (one(client_cpu_s=9.0), "the generator is the bottleneck: it used 90%"),
        (one(steady=False), "unstable: throughput and p95 latency"),
        (one(steady=None), "interrupted"),
        (one(count=5), "only 5 answers"),
        (one(sent=200), "overloaded: 10 of 20 requests a second"),
        (
            level(window([record()] * 98 + [record(lag_s=0.1)] * 2), kind="rate"),
            "2 of 100 requests were sent",
        ),
        (
            level(window([record()] * 99 + [record(reply=TIMEOUT)])),
            "1 of 100 requests were not answered: timeout x 1",
        ),
        (level(window([record(reply=answer(degraded=True))] * 100)), "100% of the answers are degraded"),
    ],
)
def test_what_puts_figures_in_doubt(found: Level, words: str) -> None:
    assert len(found.warnings) == 1
    assert words in found.warnings[0]
