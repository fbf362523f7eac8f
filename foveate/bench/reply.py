"""What came back for one request, read from the server's headers and body."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

_ID = "X-Request-ID"


class Reason(Enum):
    """The kinds of failure that are counted apart."""

    REFUSED = "refused"
    """429: the server is busy and says when to come again."""
    TIMEOUT = "timeout"
    """No answer within the generator's patience."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Answer:
    """A classification.

    Attributes:
        stages_ms: the server's own milliseconds of each stage, in the order of its header.
        gflops: executed, in G multiply-adds.
        gflops_nominal: what the papers count for it, in G multiply-adds.
        degraded: given less compute than asked for.
        exit: why it stopped where it did.
        answers: the classifier made, the last one included.
        index: of the most probable class.
        request_id: as the server has it; empty where it does not tell.
    """

    stages_ms: Mapping[str, float]
    gflops: float
    gflops_nominal: float
    degraded: bool
    exit: str
    answers: int
    index: int
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A request without a classification.

    Attributes:
        reason: how it is counted.
        what: status and problem type, or what broke.
        detail: a sentence of the server, if it gave one.
        retry_after_s: when to come again, if the server said so.
        request_id: as the server has it; empty where it does not tell.
    """

    reason: Reason
    what: str
    detail: str = ""
    retry_after_s: float | None = None
    request_id: str = ""


Reply = Answer | Failure


def read_reply(status: int, headers: Mapping[str, str], body: bytes) -> Reply:
    """Make an answer or a failure of a response.

    Args:
        status: of HTTP.
        headers: a mapping that does not mind the case of names.
        body: all of it.
    """
    if status != 200:
        return _failure(status, headers, body)
    try:
        told = json.loads(body)
        compute = told["compute"]
        return Answer(
            stages_ms=server_timing(headers.get("Server-Timing", "")),
            gflops=float(headers.get("X-Compute-GFLOPs", compute["gflops"])),
            gflops_nominal=float(compute["gflops_nominal"]),
            degraded=bool(compute["degraded"]),
            exit=str(compute["exit"]),
            answers=int(compute["answers"]),
            index=int(told["predictions"][0]["index"]),
            request_id=headers.get(_ID, ""),
        )
    except (ValueError, KeyError, TypeError, IndexError):
        return Failure(Reason.OTHER, "200 not an answer of this API", request_id=headers.get(_ID, ""))


def server_timing(header: str) -> dict[str, float]:
    """Milliseconds by name of a Server-Timing header; entries without a duration are left out."""
    stages: dict[str, float] = {}
    for entry in header.split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            duration = _number(value.strip('"'))
            if key == "dur" and duration is not None:
                stages[name] = duration
    return stages


def _failure(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    problem = _problem(headers, body)
    slug = str(problem.get("type", "")).rpartition("/")[2]
    return Failure(
        Reason.REFUSED if status == 429 else Reason.OTHER,
        f"{status} {slug}".strip(),
        str(problem.get("detail", "")),
        _number(headers.get("Retry-After", "")),
        headers.get(_ID, ""),
    )


def _problem(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    if not headers.get("Content-Type", "").startswith("application/problem+json"):
        return {}
    try:
        problem = json.loads(body)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
