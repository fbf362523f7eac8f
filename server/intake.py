"""What the two ways of sending a video have in common: admission, the body, the work, the answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from foveate.errors import DeadlineError
from foveate.video.records import RawFrames
from server.ask import options_of, under_pressure
from server.body import Body
from server.call import Call, passed
from server.errors import Problems, Refusal
from server.model import Model
from server.parameters import Parameters
from server.results import classification, server_timing
from server.schemas import Classification
from server.service import Service
from server.uploads import Upload
from server.videos import Job


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done with an upload.

    Attributes:
        model: that shall classify it.
        parameters: of the request.
        raw: how to read raw frames, None for a video file.
    """

    model: Model
    parameters: Parameters
    raw: RawFrames | None = None


Reader = Callable[[Body, Upload], Awaitable[Wanted]]
"""Reads a body into an upload and says what is to be done with it."""


async def classify(request: Request, early: Parameters, expected: int, limit: int, read: Reader) -> Response:
    """Take a video in and answer.

    Args:
        request: whose body holds it.
        early: the parameters known before the body is read; their deadline holds for reading it.
        expected: length of the body where it is known, or the most it may have.
        limit: most bytes that are read of it.
        read: reads the body.

    Raises:
        FoveateError: why there is no answer.
        ClientGone: there is nobody to answer.
    """
    service: Service = request.app.state.service
    call, settings = Call.of(request), service.settings
    service.require_open()
    with _deadlines_counted(service), ExitStack() as owned:
        ticket = service.admission.enter(expected)
        owned.callback(ticket.release)
        held = owned.enter_context(ExitStack())
        held.callback(ticket.bytes.close)
        upload = service.uploads.create()
        held.callback(upload.close)
        deadline = call.deadline(early.deadline_ms, settings.deadline_s)
        body = Body(call.receive, ticket.bytes, limit, settings.body_timeout_s, settings.min_upload_rate)
        wanted = await call.wait_for_body(service.spawn(_read(read, body, upload, deadline)))
        owned.enter_context(service.catalogue.lease(wanted.model))
        # A form may have named another than the query.
        request.state.model = wanted.model.name
        upload_s = time.monotonic() - call.arrived
        deadline = call.deadline(wanted.parameters.deadline_ms, settings.deadline_s)
        job = _job(service, call.id, wanted, upload, deadline, ticket.begin, held.close)
        outcome = await call.wait_for(service.run(job, owned.pop_all()), deadline)
    answer = classification(
        call.id, wanted.model, service.runtime, wanted.parameters, outcome, upload_s, call.arrived
    )
    service.telemetry.answered(answer)
    request.state.noted = {"gflops": round(answer.compute.gflops, 3)}
    return _response(answer)


def _response(answer: Classification) -> Response:
    return Response(
        answer.model_dump_json(),
        media_type="application/json",
        headers={
            "Server-Timing": server_timing(answer.timing_ms),
            "X-Compute-GFLOPs": f"{answer.compute.gflops:.6g}",
        },
    )


@contextmanager
def _deadlines_counted(service: Service) -> Iterator[None]:
    try:
        yield
    except DeadlineError:
        service.telemetry.abandoned("deadline")
        raise


async def _read(read: Reader, body: Body, upload: Upload, deadline: float | None) -> Wanted:
    left = None if deadline is None else deadline - time.monotonic()
    try:
        async with asyncio.timeout(left) as patience:
            wanted = await read(body, upload)
            if upload.size == 0:
                raise Refusal(Problems.EMPTY_BODY, "There are no bytes of a video in the request.")
            await upload.flush()
    except TimeoutError:
        if not patience.expired():
            raise
        raise passed() from None
    return wanted


def _job(
    service: Service,
    request_id: str,
    wanted: Wanted,
    upload: Upload,
    deadline: float | None,
    begin: Callable[[], Awaitable[None]],
    decoded: Callable[[], None],
) -> Job:
    plan = wanted.model.plan
    asked = options_of(wanted.parameters, plan)
    return Job(
        request_id=request_id,
        model=wanted.model,
        path=upload.path,
        raw=wanted.raw,
        begin=begin,
        options=lambda: under_pressure(asked, plan, service.admission.pressure, service.settings.brown_out),
        deadline=deadline,
        decoded=decoded,
    )
