import asyncio
from pathlib import Path

import pytest

from foveate.engine.messages import Answer, Options
from foveate.errors import BundleError
from foveate.evaluation.folder import FrameFolder
from foveate.evaluation.jobs import FolderJob
from foveate.evaluation.runner import Runner
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from tests.engine import systems
from tests.engine.fake import FakeRuntime, bundle
from tests.evaluation.made import frames_folder


def test_no_more_videos_hold_pages_than_there_is_room_for(tmp_path: Path) -> None:
    manifest = systems.recurrent(steps=4)
    folder = frames_folder(tmp_path / "v", 1, 6)
    at_once, most = 0, 0
    held: set[tuple[int, ...]] = set()

    async def watch() -> list[Answer]:
        async with Runner(bundle(manifest), FakeRuntime([manifest]), lanes=1) as runner:
            assert runner.videos == 8

            async def one() -> Answer:
                nonlocal at_once, most

                def job(pages: tuple[int, ...]) -> FolderJob:
                    nonlocal at_once, most
                    held.add(pages)
                    at_once += 1
                    most = max(most, at_once)
                    sampling, preprocessing = manifest.sampling, manifest.preprocessing
                    return FolderJob(str(folder), sampling, preprocessing, pages, folder=FrameFolder(6))

                _, answer = await runner.answer(job, Options())
                at_once -= 1
                return answer

            return await asyncio.gather(*(one() for _ in range(40)))

    answers = asyncio.run(watch())
    assert len({answer.id for answer in answers}) == 40
    # A video is released in the same call of the loop as it is answered, or a little later.
    assert 1 < most <= 9
    assert len(set().union(*held)) <= 8 * 4


def test_a_bundle_whose_graphs_are_missing(tmp_path: Path) -> None:
    manifest = systems.recurrent(steps=4)
    with pytest.raises(BundleError, match="cannot be loaded"):
        Runner(bundle(manifest), OnnxCpuRuntime())
