"""Pages for people: the interactive description of the API, and of each kind of problem."""

from html import escape
from importlib.resources import files

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, Response

from server.errors import Problems, Refusal
from server.problems import PATH

router = APIRouter(include_in_schema=False)

_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
_DAY = "public, max-age=86400"


@router.get("/docs")
async def docs(request: Request) -> Response:
    """The API, to be tried out; everything it needs comes from this server."""
    return get_swagger_ui_html(
        # Relative, so that they lead here under whatever prefix.
        openapi_url="openapi.json",
        title=request.app.title,
        swagger_js_url="docs/swagger-ui-bundle.js",
        swagger_css_url="docs/swagger-ui.css",
        swagger_favicon_url="docs/favicon-32x32.png",
    )


@router.get("/docs/{name}")
async def asset(name: str) -> Response:
    """A file of the page above.

    Raises:
        Refusal: it has no such file.
    """
    if name not in _ASSETS:
        raise Refusal(Problems.NOT_FOUND, "There is no such path.")
    content = files("fastapi_swagger.resources").joinpath(name).read_bytes()
    return Response(content, headers={"Content-Type": _ASSETS[name], "Cache-Control": _DAY})


@router.get(PATH + "{slug}")
async def problem(slug: str) -> Response:
    """What a kind of problem means and what to do about it.

    Raises:
        Refusal: there is no such kind.
    """
    for kind in (member.value for member in Problems):
        if kind.slug == slug:
            title = f"{kind.status} {escape(kind.title)}"
            return HTMLResponse(
                f'<!doctype html><html lang="en"><title>{title}</title>'
                f"<h1>{title}</h1><p>{escape(kind.advice)}</p></html>"
            )
    raise Refusal(Problems.NOT_FOUND, "There is no such kind of problem.")
