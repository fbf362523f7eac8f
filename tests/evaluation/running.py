"""Running listed videos through fake networks."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

from foveate.bundle.manifest import Manifest
from foveate.engine.messages import Options
from foveate.evaluation.listed import Listed
from foveate.evaluation.run import Answered, Layout, Skipped, run_videos
from foveate.evaluation.runner import Runner
from tests.engine.fake import FakeRuntime, Hook, bundle


def run(
    manifest: Manifest,
    videos: Sequence[Listed],
    root: Path,
    options: Options | None = None,
    skip: bool = False,
    hook: Hook | None = None,
    lanes: int = 1,
) -> list[Answered | Skipped]:
    async def collect() -> list[Answered | Skipped]:
        async with Runner(bundle(manifest), FakeRuntime([manifest], hook), lanes) as runner:
            results = run_videos(runner, videos, Layout(root, min_frames=3), options or Options(), skip)
            async with aclosing(results):
                return [result async for result in results]

    return asyncio.run(collect())
