"""Answers for the videos of a list, in its order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from pathlib import Path

from foveate.bundle.manifest import Manifest
from foveate.engine.messages import Answer, Options
from foveate.errors import EngineError, InputError, OverloadedError, UnavailableError
from foveate.evaluation.folder import FrameFolder
from foveate.evaluation.jobs import FolderJob
from foveate.evaluation.listed import Listed
from foveate.evaluation.runner import Runner
from foveate.video.records import DecodeJob


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a list's videos lie and how.

    Attributes:
        root: folder that the list's paths begin at.
        frame_name: see ``FrameFolder.name``.
        first_frame: see ``FrameFolder.first``.
        min_frames: videos of fewer frames by the list are left out; at least 1.
    """

    root: Path
    frame_name: str | None = None
    first_frame: int = 1
    min_frames: int = 1

    def path(self, video: Listed) -> Path:
        """Of a video's folder or file, absolute."""
        return (self.root / video.name).absolute()

    def require(self, video: Listed) -> None:
        """Check that a video's folder or file is there.

        Raises:
            InputError: it is not.
        """
        path = self.path(video)
        if video.frames is None and not path.is_file():
            raise InputError(f"there is no file {path}")
        if video.frames is not None and not path.is_dir():
            raise InputError(f"there is no folder {path}")

    def job(self, video: Listed, manifest: Manifest, pages: tuple[int, ...]) -> DecodeJob:
        """What a decoder is asked to do for a video.

        Raises:
            InputError: its folder or file is not there.
        """
        self.require(video)
        path = str(self.path(video))
        if video.frames is None:
            return DecodeJob(path, manifest.sampling, manifest.preprocessing, pages)
        folder = FrameFolder(video.frames, self.frame_name, self.first_frame)
        return FolderJob(path, manifest.sampling, manifest.preprocessing, pages, folder=folder)


@dataclass(frozen=True, slots=True)
class Answered:
    """A video with its answer.

    Attributes:
        video: as listed.
        answer: of the engine.
        frames: that its folder or file holds.
    """

    video: Listed
    answer: Answer
    frames: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A video without an answer, and why."""

    video: Listed
    reason: str


async def run_videos(
    runner: Runner, videos: Iterable[Listed], layout: Layout, options: Options, skip: bool
) -> AsyncGenerator[Answered | Skipped]:
    """Answer for every video of a list, several at once.

    Args:
        runner: started.
        videos: of the list.
        layout: where they lie.
        options: what is asked of the plan.
        skip: go on after a video that cannot be read, instead of raising.

    Yields:
        What became of each video, in the order of the list.

    Raises:
        InputError: a video cannot be read and ``skip`` is false; the message names it.
        EngineError: the engine has failed.
    """
    # What is done and not yet yielded are logits; only videos in decoder or engine hold pages.
    ahead = 4 * runner.videos
    source = iter(videos)
    waiting: deque[asyncio.Task[Answered | Skipped]] = deque()
    try:
        while True:
            while len(waiting) < ahead and (video := next(source, None)) is not None:
                waiting.append(asyncio.create_task(_one(runner, video, layout, options, skip)))
            if not waiting:
                return
            yield await waiting.popleft()
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def blame(video: Listed, error: Exception) -> InputError:
    """An error that says which video of the list it is about."""
    return InputError(f"line {video.line}, {video.name}: {error}")


async def _one(
    runner: Runner, video: Listed, layout: Layout, options: Options, skip: bool
) -> Answered | Skipped:
    if video.frames is not None and video.frames < layout.min_frames:
        return Skipped(video, f"fewer than {layout.min_frames} frames")
    manifest = runner.plan.manifest
    try:
        decoded, answer = await runner.answer(lambda pages: layout.job(video, manifest, pages), options)
    except (UnavailableError, OverloadedError):
        raise  # Not this video's fault: the others would not be answered either.
    except (InputError, EngineError) as error:
        if not skip:
            raise blame(video, error) from error
        return Skipped(video, str(error))
    return Answered(video, answer, decoded.facts.frames)
