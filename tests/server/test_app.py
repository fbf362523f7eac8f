import asyncio

import httpx
import pytest

from foveate.errors import BundleError
from server.app import create_app
from server.settings import Settings
from tests.server.live import SMALL, Live, assert_problem


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/nothing", 404, "not-found"),
        ("GET", "/v1/videos:classify", 405, "method-not-allowed"),
        ("DELETE", "/v1/models", 405, "method-not-allowed"),
        ("POST", "/readyz", 405, "method-not-allowed"),
        ("GET", "/v1/models/a/b", 404, "not-found"),
    ],
)
def test_what_the_framework_refuses_is_a_problem_too(
    client: httpx.Client, method: str, path: str, status: int, slug: str
) -> None:
    response = client.request(method, path)
    assert_problem(response, status, slug)
    if status == 405:
        assert response.headers["allow"]


def test_the_lifespan_starts_and_stops_the_service() -> None:
    app = create_app(Settings(**SMALL))
    service = app.state.service

    async def live() -> None:
        assert service.unready() == "The server is starting."
        async with app.router.lifespan_context(app):
            assert service.unready() is None
        assert service.unready() is not None

    asyncio.run(live())


def test_a_bundle_that_is_missing_is_said_when_the_app_is_made() -> None:
    with pytest.raises(BundleError, match="/nowhere"):
        create_app(Settings(bundle=["/nowhere"]))


def test_a_query_is_no_way_around_the_checks(live: Live, client: httpx.Client) -> None:
    assert_problem(client.post("/v1/videos:classify?model=..%2F..%2Fetc"), 404, "unknown-model")
