"""The page at the root: post a video by hand, and see where the model looked and what that took."""

from importlib.resources import files
from pathlib import PurePath

from fastapi import APIRouter
from starlette.responses import Response

from server.errors import Problems, Refusal

router = APIRouter(include_in_schema=False)

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mp4": "video/mp4",
}
# The page shows what clients send; nothing of that may run, and nothing be fetched from elsewhere.
_POLICY = (
    "default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self'; media-src 'self' blob:; "
    "img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_FILES = {
    entry.name: entry
    for entry in files("server").joinpath("viewer").iterdir()
    if PurePath(entry.name).suffix in _TYPES
}


@router.get("/")
async def viewer() -> Response:
    """For a browser that is pointed at the server."""
    return _file("index.html")


@router.get("/viewer/{name}")
async def part(name: str) -> Response:
    """A file of the page, or a sample clip."""
    return _file(name)


def _file(name: str) -> Response:
    if name not in _FILES:
        raise Refusal(Problems.NOT_FOUND, "There is no such path.")
    headers = {
        "Content-Type": _TYPES[PurePath(name).suffix],
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }
    return Response(_FILES[name].read_bytes(), headers=headers)
