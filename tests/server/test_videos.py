import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from foveate.engine.messages import Answer, Options
from foveate.errors import UnavailableError, UnsupportedMediaError
from foveate.video.records import Decoded, DecodeJob, RawFrames
from server import videos
from server.pages import PageGate
from server.results import Outcome, Waits
from server.service import Service
from server.settings import Settings
from server.videos import Job, VideoRunner
from tests.server import made
from tests.server.live import SMALL


async def _run(path: Path) -> None:
    service = Service(Settings(**SMALL))
    await service.start()
    begun: list[int] = []
    done: list[bool] = []
    raw = RawFrames(2, 32, 32)
    model = service.catalogue.default

    def job(raw: RawFrames | None) -> Job:
        return Job(
            "a",
            model,
            str(path),
            raw,
            begin,
            lambda: (Options(max_answers=3), True),
            None,
            lambda: done.append(True),
        )

    async def begin() -> None:
        begun.append(len(done))

    outcome = await service._runner.run(job(raw))
    assert (outcome.answer.answers, outcome.degraded, done) == (3, True, [True])
    assert outcome.decoded.facts.frames == 2
    with pytest.raises(UnsupportedMediaError):
        await service._runner.run(job(None))
    assert (begun, len(done)) == ([0, 1], 1)
    service.engine.close()
    with pytest.raises(UnavailableError):
        await service._runner.run(job(raw))
    assert service.levels()["pages_free"] == service.levels()["pages"]
    await service.close()


def test_a_video_goes_its_way_and_leaves_no_page_behind(tmp_path: Path) -> None:
    path = tmp_path / "frames"
    path.write_bytes(np.random.default_rng(1).integers(0, 256, 2 * 32 * 32 * 3, np.uint8).tobytes())
    asyncio.run(_run(path))


@dataclass
class Parts:
    """Pages, a decoder and an engine that each take their time, on a clock of their own."""

    now: float = 0.0

    async def take(self, count: int) -> tuple[int, ...]:
        self.now += 3
        return tuple(range(count))

    def give(self, pages: tuple[int, ...]) -> None:
        pass

    async def decode(self, job: DecodeJob) -> Decoded:
        self.now += 5 + 2
        return replace(made.outcome().decoded, wall_s=2.0)

    def next_id(self) -> str:
        return "1"

    async def begin(self) -> None:
        self.now += 2

    async def expect(self, video: str, pages: tuple[int, ...]) -> Answer:
        self.now += 11
        return made.outcome().answer

    def handle(self, message: object) -> None:
        pass


def test_what_a_video_waits_for_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    parts: Any = Parts()
    monkeypatch.setattr(videos, "time", SimpleNamespace(monotonic=lambda: parts.now))
    job = Job("r", made.model(), "clip", None, parts.begin, lambda: (Options(), False), None, lambda: None)
    gate: PageGate = parts

    async def go() -> Outcome:
        return await VideoRunner(parts, parts, gate, parts).run(job)

    assert asyncio.run(go()).waits == Waits(pages_s=3 + 2, decode_s=5)
