import re

import httpx
import pytest

from server.errors import Problems
from tests.server.live import assert_problem


def test_the_description_of_the_api_needs_no_other_host(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    references = re.findall(r"""(?:src|href)=["']([^"']+)""", page.text)
    assert len(references) == 3
    for reference in references:
        assert reference.startswith("docs/")
        response = client.get(f"/{reference}")
        assert response.status_code == 200
        assert response.headers["content-type"].split(";")[0] in ("text/javascript", "text/css", "image/png")
    assert "url: 'openapi.json'" in page.text


def test_other_files_are_not_given_out(client: httpx.Client) -> None:
    assert_problem(client.get("/docs/__init__.py"), 404, "not-found")


@pytest.mark.parametrize("problem", list(Problems))
def test_every_kind_of_problem_has_a_page(client: httpx.Client, problem: Problems) -> None:
    page = client.get(f"/problems/{problem.value.slug}")
    assert page.status_code == 200
    assert f"<h1>{problem.value.status} " in page.text


def test_an_unknown_kind_of_problem_has_none(client: httpx.Client) -> None:
    assert_problem(client.get("/problems/none"), 404, "not-found")
