"""Thirty-two clients at once: each answer is the one the clip gets alone."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.integration.conftest import Twin

CLIENTS = 32
REQUESTS = 96
QUERIES = (
    "model=first",
    "model=second",
    "model=first&steps=all",
    "model=first&max_gflops=1.0",
    "model=second&explain=true",
)


def ask(twin: Twin, clip: str, query: str) -> dict[str, Any]:
    with twin.live.client() as client:
        response = client.post(
            f"/v1/videos:classify?top_k=10&{query}",
            content=twin.clips[clip].read_bytes(),
            headers={"Content-Type": "application/octet-stream"},
        )
    assert response.status_code == 200, (clip, response.text)
    answer: dict[str, Any] = response.json()
    return answer


def same(found: dict[str, Any], alone: dict[str, Any]) -> None:
    scores = [{one["index"]: one["score"] for one in answer["predictions"]} for answer in (found, alone)]
    assert scores[0].keys() == scores[1].keys()
    assert max(abs(scores[0][index] - scores[1][index]) for index in scores[0]) < 1e-4
    for name in ("gflops_nominal", "answers", "exit", "frames_glanced", "patches_focused", "degraded"):
        assert found["compute"][name] == alone["compute"][name]
    assert found["patches"] == alone["patches"]
    for one, other in zip(found["steps"] or [], alone["steps"] or [], strict=True):
        assert abs(one["score"] - other["score"]) < 1e-4


def test_company_changes_no_answer(twin: Twin) -> None:
    chance = random.Random(4)
    asked = [(chance.choice(sorted(twin.clips)), chance.choice(QUERIES)) for _ in range(REQUESTS)]
    alone = {one: ask(twin, *one) for one in sorted(set(asked))}
    before = twin.live.gate.begun
    with ThreadPoolExecutor(CLIENTS) as pool:
        found = list(pool.map(lambda one: ask(twin, *one), asked))
    assert twin.live.gate.begun > before
    for one, answer in zip(asked, found, strict=True):
        same(answer, alone[one])
    twin.live.until(twin.live.at_rest)
