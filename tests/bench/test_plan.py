import asyncio
from itertools import islice, repeat

import pytest

from foveate.bench.inputs import Item
from foveate.bench.journal import Journal
from foveate.bench.loads import ClosedLoop, OpenLoop
from foveate.bench.plan import LevelPlan
from foveate.bench.reply import Reply
from tests.bench import virtual
from tests.bench.made import ITEM, answer


def sent_at(plan: LevelPlan, seconds: float) -> list[float]:
    async def go() -> list[float]:
        times: list[float] = []

        async def ask(item: Item) -> Reply:
            times.append(round(virtual.now(), 6))
            await asyncio.sleep(1)
            return answer()

        load = plan.start(ask, repeat(ITEM), Journal(virtual.now))
        task = asyncio.ensure_future(load.run())
        await asyncio.wait({task}, timeout=seconds)
        task.cancel()
        return times

    return virtual.run(go())


@pytest.mark.parametrize(
    ("plan", "name", "times"),
    [
        (LevelPlan("concurrency", 2), "concurrency 2", [0, 0, 1, 1]),
        (LevelPlan("rate", 2.5, poisson=False), "rate 2.5/s", [0, 0.4, 0.8, 1.2]),
        (LevelPlan("rate", 2.5, poisson=False, most=2), "rate 2.5/s", [0, 0.4, 1.2]),
        (LevelPlan("trace", 2, trace=(0.0, 0.3)), "trace x2", [0, 0.3]),
    ],
)
def test_when_requests_are_sent(plan: LevelPlan, name: str, times: list[float]) -> None:
    assert plan.name == name
    assert sent_at(plan, 1.5) == times
    assert plan.whole == (plan.kind == "trace")


def test_poisson_is_the_rule() -> None:
    by_chance = LevelPlan("rate", 10, seed=3)
    times = sent_at(by_chance, 20)
    assert times == sent_at(by_chance, 20) != sent_at(LevelPlan("rate", 10, seed=4), 20)
    assert 150 < len(times) < 250
    gaps = {round(later - earlier, 3) for earlier, later in zip(times, islice(times, 1, None), strict=False)}
    assert len(gaps) > 50


def test_loops() -> None:
    async def go() -> list[type]:
        async def ask(item: Item) -> Reply:
            return answer()

        plans = (LevelPlan("concurrency", 1), LevelPlan("rate", 1))
        return [type(plan.start(ask, repeat(ITEM), Journal(virtual.now))) for plan in plans]

    assert virtual.run(go()) == [ClosedLoop, OpenLoop]
