"""Problem responses: application/problem+json after RFC 9457."""

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from server.errors import Detail, Problems, Refusal, refusal_of
from server.schemas import ParameterError, Problem

MEDIA_TYPE = "application/problem+json"
PATH = "/problems/"

_BY_STATUS = {404: Problems.NOT_FOUND, 405: Problems.BAD_METHOD}


def problem_response(request: Request, refusal: Refusal) -> Response:
    """The response to a refused request."""
    kind = refusal.kind.value
    problem = Problem(
        type=request.scope.get("root_path", "") + PATH + kind.slug,
        title=kind.title,
        status=kind.status,
        detail=str(refusal),
        instance=request.scope.get("path", ""),
        request_id=request.state.request_id,
        errors=[ParameterError(parameter=d.parameter, message=d.message) for d in refusal.details],
    )
    return Response(
        problem.model_dump_json(), status_code=kind.status, media_type=MEDIA_TYPE, headers=refusal.headers
    )


async def answer_error(request: Request, error: Exception) -> Response:
    """Answer with the problem of an exception meant for people."""
    refusal = refusal_of(error)
    if refusal.kind is Problems.INTERNAL:
        # Left to the envelope, which logs it.
        raise error
    return problem_response(request, refusal)


async def answer_http(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses by itself: unknown paths and methods."""
    assert isinstance(error, HTTPException)
    kind = _BY_STATUS.get(error.status_code, Problems.BAD_REQUEST)
    detail = {
        Problems.NOT_FOUND: "There is no such path.",
        Problems.BAD_METHOD: f"{request.method} is not for this path.",
    }.get(kind, str(error.detail))
    return problem_response(request, Refusal(kind, detail, headers=dict(error.headers or {})))


async def answer_validation(request: Request, error: Exception) -> Response:
    """Answer what the framework found wrong with a request."""
    assert isinstance(error, RequestValidationError)
    details = [Detail(".".join(map(str, found["loc"])), found["msg"]) for found in error.errors()]
    return problem_response(request, Refusal(Problems.BAD_PARAMETER, "The request is wrong.", details))
