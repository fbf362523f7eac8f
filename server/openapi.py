"""The parts of the API's description that the framework cannot see."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from server.errors import Problems
from server.media import FILE_TYPES
from server.parameters import Parameters
from server.problems import MEDIA_TYPE
from server.schemas import Classification, ParameterError, Problem

_REF = "#/components/schemas/"
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_INTEGER = {"schema": {"type": "integer"}}
_TEXT = {"schema": {"type": "string"}}

Responses = dict[int | str, dict[str, Any]]

ANSWER: Responses = {
    200: {
        "description": "The answer.",
        "content": {"application/json": {"schema": {"$ref": _REF + Classification.__name__}}},
        "headers": {
            "X-Request-ID": {"description": "The request's id, echoed or made.", **_TEXT},
            "Server-Timing": {"description": "Milliseconds of each stage.", **_TEXT},
            "X-Compute-GFLOPs": {
                "description": "Executed, in G multiply-adds.",
                "schema": {"type": "number"},
            },
        },
    }
}

_ANYWHERE = (Problems.BAD_REQUEST, Problems.HEAD_TOO_LARGE)
"""What the protocol refuses, before it is known what was asked for."""

_RETRY_AFTER = {
    429: "Seconds until there should be room.",
    503: "Seconds after which to try again.",
}

PLAIN: Responses = {200: {"description": "Plain text.", "content": {"text/plain": _TEXT}}}

SHAPE_HEADER: dict[str, Any] = {
    "name": "X-Shape",
    "in": "header",
    "required": False,
    "description": "T,H,W,3: frames, height, width and channels of the body.",
    "schema": {"type": "string", "examples": ["16,224,224,3"]},
}


def errors_of(*statuses: int) -> Responses:
    """Responses for the problems of some statuses."""
    responses: Responses = {}
    for status in statuses:
        responses[status] = _response([member for member in Problems if member.value.status == status])
        if status in _RETRY_AFTER:
            responses[status]["headers"] = {"Retry-After": {"description": _RETRY_AFTER[status], **_INTEGER}}
    return responses


def _response(kinds: Sequence[Problems]) -> dict[str, Any]:
    return {
        "description": "; ".join(kind.value.title for kind in kinds) + ".",
        "content": {MEDIA_TYPE: {"schema": {"$ref": _REF + Problem.__name__}}},
    }


def video_body(parameters: type[Parameters]) -> dict[str, Any]:
    """The body of a request with a video, in each form it may have."""
    fields = parameters.model_json_schema()["properties"]
    form = {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}, **fields},
        "additionalProperties": False,
    }
    return {
        "required": True,
        "content": {
            **dict.fromkeys(FILE_TYPES, _BYTES),
            "multipart/form-data": {"schema": form},
        },
    }


def frames_body() -> dict[str, Any]:
    """The body of a request with raw frames."""
    return {"required": True, "content": {"application/octet-stream": _BYTES}}


class App(FastAPI):
    """The application, with a description that says how errors look."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI description, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _complete(
                get_openapi(
                    title=self.title, version=self.version, description=self.description, routes=self.routes
                )
            )
        return self.openapi_schema


def _complete(schema: dict[str, Any]) -> dict[str, Any]:
    known = schema.setdefault("components", {}).setdefault("schemas", {})
    for model in (Classification, Problem, ParameterError):
        described = model.model_json_schema(ref_template=_REF + "{model}")
        known |= described.pop("$defs", {})
        known[model.__name__] = described
    for path in schema["paths"].values():
        for operation in path.values():
            # The framework's own form of a validation error is never sent.
            if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                del operation["responses"]["422"]
            for kind in _ANYWHERE:
                operation["responses"].setdefault(str(kind.value.status), _response([kind]))
    known.pop("HTTPValidationError", None)
    known.pop("ValidationError", None)
    return schema
