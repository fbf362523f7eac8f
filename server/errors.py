"""Every way a request can fail, as RFC 9457 problems, and how exceptions become them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import ceil

from foveate import errors


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: the last part of its type, its status, its title, and what to do about it."""

    slug: str
    status: int
    title: str
    advice: str


class Problems(Enum):
    """The kinds of problems; each is described under ``/problems/`` and its slug."""

    BAD_REQUEST = Kind("bad-request", 400, "The request is malformed", "Mend the request as the detail says.")
    BAD_PARAMETER = Kind(
        "bad-parameter", 400, "A parameter is wrong", "The list of errors names each; /docs describes them."
    )
    EMPTY_BODY = Kind("empty-body", 400, "The body is empty", "Send the video's bytes as the body.")
    NOT_FOUND = Kind("not-found", 404, "There is nothing here", "The paths are listed under /docs.")
    UNKNOWN_MODEL = Kind("unknown-model", 404, "No such model", "GET /v1/models lists what there is.")
    BAD_METHOD = Kind(
        "method-not-allowed", 405, "Not this method", "The Allow header names those that work here."
    )
    STALLED = Kind(
        "upload-stalled",
        408,
        "The upload stalled",
        "Too few bytes came for longer than the server waits; try again.",
    )
    TOO_LARGE = Kind(
        "upload-too-large", 413, "The upload is too large", "Send a shorter or more compressed video."
    )
    UNSUPPORTED_MEDIA = Kind(
        "unsupported-media",
        415,
        "Not a supported kind of video",
        "Send MP4, MOV, WebM, Matroska, AVI, MPEG or GIF: as video/*, application/octet-stream or multipart.",
    )
    UNDECODABLE = Kind(
        "undecodable-video", 422, "The video cannot be decoded", "The file is broken or incomplete."
    )
    BEYOND_LIMITS = Kind(
        "video-beyond-limits",
        422,
        "The video is beyond a limit",
        "Too many pixels, too long, or too slow to decode.",
    )
    OVERLOADED = Kind(
        "overloaded", 429, "The server is busy", "Try again after the seconds that Retry-After says."
    )
    HEAD_TOO_LARGE = Kind(
        "head-too-large",
        431,
        "The head is too large",
        "Send fewer or shorter header fields, or trailers, or chunk extensions.",
    )
    INTERNAL = Kind(
        "internal-error",
        500,
        "The server failed",
        "It is not the request's fault; the log has its request_id.",
    )
    UNAVAILABLE = Kind(
        "unavailable", 503, "The server is not ready", "It is starting, shutting down or broken; try another."
    )
    DEADLINE = Kind("deadline", 504, "The deadline passed", "Give more time, or ask for less compute.")
    NO_SPACE = Kind("no-space", 507, "No room for the upload", "The server's upload folder is full.")


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that is wrong with a request: where, and what."""

    parameter: str
    message: str


class Refusal(errors.FoveateError):
    """A request that this layer refuses.

    Attributes:
        kind: of the problem.
        details: of bad parameters, one each.
        headers: to be sent with it.
    """

    def __init__(
        self,
        kind: Problems,
        message: str,
        details: Sequence[Detail] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.details = tuple(details)
        self.headers = headers or {}


class ClientGone(Exception):
    """The client closed its connection before it was answered; there is nobody to tell."""


_AGAIN_S = 5
"""Seconds after which to come again to a server that is not ready: what keeps it does not say how long."""

_KINDS: tuple[tuple[type[errors.FoveateError], Problems], ...] = (
    (errors.UnsupportedMediaError, Problems.UNSUPPORTED_MEDIA),
    (errors.VideoLimitError, Problems.BEYOND_LIMITS),
    (errors.InputError, Problems.UNDECODABLE),
    (errors.OverloadedError, Problems.OVERLOADED),
    (errors.DeadlineError, Problems.DEADLINE),
    (errors.UnavailableError, Problems.UNAVAILABLE),
    (errors.CancelledError, Problems.UNAVAILABLE),
)


def refusal_of(error: Exception) -> Refusal:
    """What a client is told of an exception; internals stay inside."""
    if isinstance(error, Refusal):
        return error
    for kind, problem in _KINDS:
        if isinstance(error, kind):
            return Refusal(problem, str(error), headers=_retry_after(error))
    return Refusal(Problems.INTERNAL, "The server failed on this request.")


def _retry_after(error: errors.FoveateError) -> dict[str, str]:
    if isinstance(error, errors.OverloadedError):
        return {"Retry-After": str(max(1, ceil(error.retry_after_s)))}
    if isinstance(error, errors.UnavailableError | errors.CancelledError):
        return {"Retry-After": str(_AGAIN_S)}
    return {}
