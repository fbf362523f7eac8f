import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from foveate.errors import BundleError
from server.app import create_app
from server.settings import Settings
from tests.server.live import SMALL, Live, assert_problem, read_response, running


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
        create_app(Settings(bundle=(Path("/nowhere"),)))


def test_a_query_is_no_way_around_the_checks(live: Live, client: httpx.Client) -> None:
    assert_problem(client.post("/v1/videos:classify?model=..%2F..%2Fetc"), 404, "unknown-model")


@pytest.fixture(scope="module")
def behind() -> Iterator[Live]:
    """A server that a proxy offers under a prefix."""
    with running(root_path="/behind/it", lanes=1) as live:
        yield live


@pytest.mark.parametrize("sent", ["", "/behind/it"], ids=["taken off", "left on"])
def test_a_prefix_that_a_proxy_takes_off_or_leaves_on(behind: Live, clip: bytes, sent: str) -> None:
    counted = [
        f'foveate_requests_total{{model="{model}",route="{route}",status="{status}"}}'
        for model, route, status in (
            ("untrained", "/v1/videos:classify", 200),
            ("", "/openapi.json", 200),
            ("", "unmatched", 404),
        )
    ]
    before = [behind.count(name) for name in counted]
    with behind.client() as client:
        assert client.post(f"{sent}/v1/videos:classify", content=clip).status_code == 200
        for path in ("/", "/viewer/viewer.js", "/docs", "/livez"):
            assert client.get(f"{sent}{path}").status_code == 200
        # Where the description is tried out, requests must go through the proxy too.
        assert client.get(f"{sent}/openapi.json").json()["servers"] == [{"url": "/behind/it"}]
        problem = client.get(f"{sent}/none").json()
    assert (problem["type"], problem["instance"]) == ("/behind/it/problems/not-found", "/behind/it/none")
    assert [behind.count(name) for name in counted] == [was + 1 for was in before]


def test_a_refusal_of_what_is_no_http_leads_through_the_proxy(behind: Live) -> None:
    with behind.connect() as connection:
        connection.sendall(b"EHLO example\r\n\r\n")
        assert json.loads(read_response(connection)[2])["type"] == "/behind/it/problems/bad-request"


def test_without_a_prefix_none_is_told(client: httpx.Client) -> None:
    assert "servers" not in client.get("/openapi.json").json()
