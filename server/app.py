"""The application: routes, errors, and the service behind them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from foveate import __version__
from foveate.errors import FoveateError
from foveate.runtimes.base import Runtime
from server.clients import Clients
from server.envelope import Envelope
from server.openapi import App
from server.problems import answer_error, answer_http, answer_validation
from server.routes import frames, health, models, pages, videos, viewer
from server.service import Service
from server.settings import Settings

_DESCRIPTION = (
    "Video classifiers that look twice: a light network glances at frames, a policy decides where to look, "
    "a heavy network focuses on those patches only. Compute is given in multiply-adds (the papers' FLOPs)."
)


def create_app(settings: Settings, runtime: Runtime | None = None) -> FastAPI:
    """The server as an ASGI application; ``app.state.service`` is what is behind it.

    Bundles are read here; decoders and lanes start with the application's lifespan, unless the service
    was started before.

    Args:
        settings: of the server.
        runtime: what runs the graphs; None for the one that the machine has.

    Raises:
        ConfigError: settings that cannot be honoured.
        BundleError: a bundle that cannot be used.
    """
    service = Service(settings, runtime)
    app = App(
        title="Foveate",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        # A redirect would repeat whatever host the client named.
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.service = service
    for module in (videos, frames, models, health, viewer, pages):
        app.include_router(module.router)
    app.add_exception_handler(FoveateError, answer_error)
    app.add_exception_handler(HTTPException, answer_http)
    app.add_exception_handler(RequestValidationError, answer_validation)
    clients = Clients(settings.trusted_proxies)
    app.add_middleware(Envelope, telemetry=service.telemetry, clients=clients, prefix=settings.root_path)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    if not service.started:
        await service.start()
    try:
        yield
    finally:
        await service.close()
