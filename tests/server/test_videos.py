import asyncio
from pathlib import Path

import numpy as np
import pytest

from foveate.engine.messages import Options
from foveate.errors import UnavailableError, UnsupportedMediaError
from foveate.video.records import RawFrames
from server.service import Service
from server.settings import Settings
from server.videos import Job
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
