"""``POST /v1/frames:classify``: frames that are decoded already."""

import re
from functools import partial
from math import prod

from fastapi import APIRouter, Request
from starlette.datastructures import Headers
from starlette.responses import Response

from foveate.video.records import RawFrames
from server.ask import options_of
from server.body import Body, declared_length
from server.errors import Detail, Problems, Refusal
from server.intake import Wanted, classify
from server.openapi import ANSWER, SHAPE_HEADER, errors_of, frames_body
from server.parameters import FrameParameters, openapi_parameters, parse
from server.routes.videos import refuse_encodings
from server.service import Service
from server.uploads import Upload

router = APIRouter(tags=["classify"])

_SHAPE = re.compile(r"\s*([1-9]\d{0,6})\s*,\s*([1-9]\d{0,4})\s*,\s*([1-9]\d{0,4})\s*,\s*3\s*")


@router.post(
    "/v1/frames:classify",
    summary="Classify raw frames",
    response_model=None,
    responses={**ANSWER, **errors_of(400, 404, 408, 413, 415, 422, 429, 500, 503, 504, 507)},
    openapi_extra={
        "parameters": [SHAPE_HEADER, *openapi_parameters(FrameParameters)],
        "requestBody": frames_body(),
    },
)
async def classify_frames(request: Request) -> Response:
    """Send uint8 RGB frames [T, H, W, 3] as they lie in memory; they are sampled like those of a video."""
    service: Service = request.app.state.service
    parameters = parse(FrameParameters, request.query_params.multi_items())
    model = service.catalogue.find(parameters.model)
    request.state.model = model.name
    wanted = Wanted(model, parameters, _raw(parameters, request.headers))
    options_of(parameters, wanted.model.plan)
    _check_type(request.headers)
    length = _length(wanted)
    declared = declared_length(request.headers, service.settings.max_upload_bytes)
    if length > service.settings.max_upload_bytes:
        raise Refusal(
            Problems.TOO_LARGE, f"The body is larger than {service.settings.max_upload_bytes} bytes."
        )
    if declared is not None and declared != length:
        raise _mismatch(length, declared)
    # The frames are in the shape of this model, whatever has taken its place when they are there.
    with service.catalogue.lease(model):
        return await classify(request, parameters, length, length, partial(_read, wanted, length))


async def _read(wanted: Wanted, length: int, body: Body, upload: Upload) -> Wanted:
    try:
        async for chunk in body.chunks():
            await upload.write(chunk)
    except Refusal as refusal:
        if refusal.kind is Problems.TOO_LARGE:
            raise _mismatch(length, f"{body.size} or more") from None
        raise
    if 0 < body.size < length:
        raise _mismatch(length, body.size)
    return wanted


def _raw(parameters: FrameParameters, headers: Headers) -> RawFrames:
    given = headers.get("x-shape"), parameters.shape
    if (given[0] is None) == (given[1] is None):
        raise _bad_shape("Say the shape once: in the header X-Shape, or as the parameter shape.")
    match = _SHAPE.fullmatch(given[0] or given[1] or "")
    if match is None:
        raise _bad_shape("The shape must be T,H,W,3: four positive whole numbers, the last of them 3.")
    frames, height, width = map(int, match.groups())
    return RawFrames(frames, height, width, parameters.preprocessed)


def _bad_shape(message: str) -> Refusal:
    return Refusal(Problems.BAD_PARAMETER, message, [Detail("shape", message)])


def _length(wanted: Wanted) -> int:
    raw = wanted.raw
    assert raw is not None
    manifest = wanted.model.bundle.manifest
    pool = (manifest.sampling.pool, manifest.preprocessing.crop, manifest.preprocessing.crop)
    if raw.preprocessed and (raw.frames, raw.height, raw.width) != pool:
        raise _bad_shape(f"Preprocessed frames of this model have the shape {','.join(map(str, pool))},3.")
    return prod((raw.frames, raw.height, raw.width, 3))


def _mismatch(wanted: int, found: int | str) -> Refusal:
    return _bad_shape(f"Frames of this shape are {wanted} bytes, not {found}.")


def _check_type(headers: Headers) -> None:
    refuse_encodings(headers)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("", "application/octet-stream"):
        raise Refusal(Problems.UNSUPPORTED_MEDIA, f"Frames come as application/octet-stream, not {kind!r}.")
