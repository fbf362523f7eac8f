"""Whether the server lives, whether it takes work, and its metrics."""

import gzip
import re

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import PlainTextResponse, Response

from foveate.errors import UnavailableError
from server.openapi import PLAIN, errors_of
from server.service import Service

router = APIRouter(tags=["operation"])


@router.get(
    "/livez", summary="Does the process live", response_model=None, responses={**PLAIN, **errors_of(500, 503)}
)
async def live(request: Request) -> Response:
    """Answers as long as the event loop turns; 503 where the device hangs, which only a new start can end."""
    service: Service = request.app.state.service
    if reason := service.stalled():
        raise UnavailableError(reason)
    return PlainTextResponse("alive\n")


@router.get(
    "/readyz", summary="Does it take work", response_model=None, responses={**PLAIN, **errors_of(500, 503)}
)
async def ready(request: Request) -> Response:
    """503 with the reason while starting, draining, or without lanes or decoders."""
    service: Service = request.app.state.service
    if reason := service.unready():
        raise UnavailableError(reason)
    return PlainTextResponse("ready\n")


@router.get("/metrics", summary="Metrics", response_model=None, responses={**PLAIN, **errors_of(500)})
async def metrics(request: Request) -> Response:
    """Metrics in Prometheus's text format, packed where the client takes that."""
    service: Service = request.app.state.service
    body = service.telemetry.exposition()
    headers = {"Content-Type": CONTENT_TYPE_LATEST, "Vary": "Accept-Encoding"}
    if _takes_gzip(request.headers.get("accept-encoding", "")):
        body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
    return Response(body, headers=headers)


def _takes_gzip(accepted: str) -> bool:
    """Whether a header Accept-Encoding names gzip, with a weight of more than 0 if with one."""
    found = re.search(r"(?:^|,)\s*gzip\s*(?:;\s*q=([0-9.]+)\s*)?(?:,|$)", accepted, re.IGNORECASE)
    return found is not None and (found[1] or "1").strip("0.") != ""
