"""``POST /v1/videos:classify``: a video file, as the body or in a form."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.datastructures import Headers
from starlette.responses import Response

from server import multipart
from server.ask import options_of
from server.body import Body, declared_length
from server.errors import Problems, Refusal
from server.intake import Wanted, classify
from server.media import FILE_TYPES, is_file_type
from server.openapi import ANSWER, errors_of, video_body
from server.parameters import Parameters, openapi_parameters, parse
from server.service import Service
from server.uploads import Upload

router = APIRouter(tags=["classify"])

_FORM = "multipart/form-data"


@router.post(
    "/v1/videos:classify",
    summary="Classify a video",
    response_model=None,
    responses={**ANSWER, **errors_of(400, 404, 408, 413, 415, 422, 429, 500, 503, 504, 507)},
    openapi_extra={"parameters": openapi_parameters(Parameters), "requestBody": video_body(Parameters)},
)
async def classify_video(request: Request) -> Response:
    """Send a video file and get its classes, what that cost, and how long each stage took.

    The file is the body itself (of one of the types below, or none) or the part named file of a form, whose
    other parts may carry the parameters.
    """
    service: Service = request.app.state.service
    query = request.query_params.multi_items()
    early = parse(Parameters, query)
    model = service.catalogue.find(early.model)
    request.state.model = model.name
    options_of(early, model.plan)
    form = _is_form(request.headers)
    most = service.settings.max_upload_bytes
    limit = most + multipart.OVERHEAD if form else most
    declared = declared_length(request.headers, limit)
    boundary = multipart.boundary_of(request.headers["content-type"]) if form else b""
    reader = _Reader(service, query, boundary)
    expected = limit if declared is None else declared
    return await classify(request, early, expected, limit, reader.form if form else reader.raw)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the body of one request."""

    service: Service
    query: list[tuple[str, str]]
    boundary: bytes

    async def raw(self, body: Body, upload: Upload) -> Wanted:
        async for chunk in body.chunks():
            await upload.write(chunk)
        return self._wanted(self.query)

    async def form(self, body: Body, upload: Upload) -> Wanted:
        async def write(part: bytes) -> None:
            if upload.size + len(part) > self.service.settings.max_upload_bytes:
                limit = self.service.settings.max_upload_bytes
                raise Refusal(Problems.TOO_LARGE, f"The file is larger than {limit} bytes.")
            await upload.write(part)

        fields = await multipart.read_form(body.chunks(), self.boundary, write)
        return self._wanted([*self.query, *fields])

    def _wanted(self, pairs: list[tuple[str, str]]) -> Wanted:
        parameters = parse(Parameters, pairs)
        return Wanted(self.service.catalogue.find(parameters.model), parameters)


def _is_form(headers: Headers) -> bool:
    refuse_encodings(headers)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _FORM:
        return True
    if not kind or is_file_type(kind):
        return False
    raise Refusal(
        Problems.UNSUPPORTED_MEDIA,
        f"A body of the type {kind!r} is not read; send {', '.join(FILE_TYPES)} or {_FORM}.",
    )


def refuse_encodings(headers: Headers) -> None:
    """Videos are compressed already; nothing here unpacks a body.

    Raises:
        Refusal: the body is packed.
    """
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refusal(Problems.UNSUPPORTED_MEDIA, "Send the body without a Content-Encoding.")
