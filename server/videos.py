"""One video's way: pages, decoder, engine."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from foveate.engine.courier import Courier
from foveate.engine.engine import Engine
from foveate.engine.messages import Cancel, Options, Submit
from foveate.video.records import Decoded, DecodeJob, RawFrames
from foveate.video.two_decoders import Decoding
from server.model import Model
from server.pages import PageGate
from server.results import Outcome, Waits


@dataclass(frozen=True, slots=True)
class Job:
    """A video to classify.

    Attributes:
        request_id: for the log.
        model: that shall.
        path: of its file.
        raw: how to read raw frames, None for a video file.
        begin: waits until it is its turn to be worked on.
        options: tells what is asked of the plan when the engine is given the video, and whether it is less
            than the request asked for.
        deadline: on the monotonic clock, None for none.
        decoded: called once its file is not needed any more.
    """

    request_id: str
    model: Model
    path: str
    raw: RawFrames | None
    begin: Callable[[], Awaitable[None]]
    options: Callable[[], tuple[Options, bool]]
    deadline: float | None
    decoded: Callable[[], None]


class VideoRunner:
    """Takes videos through the server; holds nothing of them."""

    def __init__(self, engine: Engine, pool: Decoding, gate: PageGate, courier: Courier) -> None:
        self._engine = engine
        self._pool = pool
        self._gate = gate
        self._courier = courier

    async def run(self, job: Job) -> Outcome:
        """Classify a video; may be cancelled at any point.

        Raises:
            InputError: what is wrong with the video.
            EngineError: why there is no answer.
        """
        decoded, waits = await self._decode(job)
        job.decoded()
        options, degraded = job.options()
        video_id = self._courier.next_id()
        answer = self._courier.expect(video_id, decoded.used)
        try:
            self._engine.handle(Submit(video_id, job.model.key, decoded.pages, options, job.deadline))
        except BaseException:
            self._courier.forget(video_id)
            raise
        try:
            return Outcome(await answer, decoded, options, waits, degraded)
        except asyncio.CancelledError:
            self._engine.handle(Cancel(video_id))
            raise

    async def _decode(self, job: Job) -> tuple[Decoded, Waits]:
        manifest = job.model.bundle.manifest
        begun = time.monotonic()
        await job.begin()
        pages = await self._gate.take(job.model.pages)
        taken = time.monotonic()
        try:
            decoded = await self._pool.decode(
                DecodeJob(
                    job.path,
                    manifest.sampling,
                    manifest.preprocessing,
                    pages,
                    job.raw,
                    name=job.request_id,
                )
            )
        except BaseException:
            self._gate.give(pages)
            raise
        self._gate.give(decoded.unused)
        for_decode = time.monotonic() - taken - decoded.wall_s
        return decoded, Waits(pages_s=taken - begun, decode_s=max(0.0, for_decode))
