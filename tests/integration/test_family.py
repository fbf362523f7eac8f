"""Every kind of plan on one server: each answer is its network's, and the same in any company."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from foveate.parity.frames import normalised, smooth_frames
from tests.export.shelf import THREE_VIEWS, Shelf
from tests.integration.test_company import same
from tests.server.live import Live, running

MEMBERS = (
    "adafocus mean",
    "fixed",
    "tsm",
    "v2",
    "v2 tsm",
    "uni",
    "uni tsm",
    "uni x3d",
    THREE_VIEWS,
    "ocsampler",
    "dense tsn",
    "dense tsm plus",
    "dense x3d smaller",
)
CLIENTS = 16
REQUESTS = 80
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Family:
    """A server of every kind of bundle."""

    live: Live
    shelf: Shelf

    def ask(self, member: str, path: str, body: bytes, **parameters: Any) -> dict[str, Any]:
        asked = {"model": member.replace(" ", "-"), "top_k": 10, **parameters}
        with self.live.client() as client:
            response = client.post(path, content=body, params=asked)
        assert response.status_code == 200, (member, response.text)
        answer: dict[str, Any] = response.json()
        return answer


@pytest.fixture(scope="module")
def family(shelf: Shelf) -> Iterator[Family]:
    bundles = [shelf.bundle(member) for member in MEMBERS]
    with running(bundle=bundles, lanes=3, batch_frames=7, batch_videos=3, decode_workers=2) as live:
        yield Family(live, shelf)


@pytest.mark.parametrize("member", [member for member in MEMBERS if member != THREE_VIEWS])
def test_an_answer_is_the_networks(family: Family, member: str) -> None:
    draft = family.shelf.draft(member)
    rules = draft.preprocessing
    pool = smooth_frames(1, draft.sampling.pool, rules.crop, seed=5)
    shape = ",".join(map(str, pool.shape[1:]))
    answer = family.ask(
        member, "/v1/frames:classify", pool.tobytes(), shape=shape, preprocessed=True, steps="all"
    )
    with torch.no_grad():
        wanted = draft.forward(torch.from_numpy(normalised(pool, rules.mean, rules.std)))
    probabilities = wanted.answers[0].softmax(1).numpy()
    scores = {one["index"]: one["score"] for one in answer["predictions"]}
    np.testing.assert_allclose([scores[index] for index in sorted(scores)], probabilities[-1], atol=TOLERANCE)
    assert [step["index"] for step in answer["steps"]] == probabilities.argmax(1).tolist()
    np.testing.assert_allclose(
        [step["score"] for step in answer["steps"]], probabilities.max(1), atol=TOLERANCE
    )


def test_company_changes_no_answer(family: Family, real_clips: dict[str, Path]) -> None:
    chance = random.Random(9)
    clips = {name: path.read_bytes() for name, path in sorted(real_clips.items())[:6]}
    asked = [(chance.choice(MEMBERS), chance.choice(list(clips))) for _ in range(REQUESTS)]
    assert {member for member, _ in asked} == set(MEMBERS)

    def ask(one: tuple[str, str]) -> dict[str, Any]:
        return family.ask(one[0], "/v1/videos:classify", clips[one[1]], explain=True, steps="all")

    alone = {one: ask(one) for one in sorted(set(asked))}
    with ThreadPoolExecutor(CLIENTS) as pool:
        found = list(pool.map(ask, asked))
    for one, answer in zip(asked, found, strict=True):
        same(answer, alone[one])
    family.live.until(family.live.at_rest)
