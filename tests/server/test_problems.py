import asyncio
import json

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from foveate.errors import ExecutionError
from server.errors import Detail, Problems, Refusal
from server.problems import answer_error, answer_http, answer_validation, problem_response


def request() -> Request:
    state = {"request_id": "r1", "arrived": 0.0}
    return Request({"type": "http", "method": "PUT", "path": "/a", "headers": [], "state": state})


def test_a_problem_has_all_its_members() -> None:
    refusal = Refusal(Problems.OVERLOADED, "busy", [Detail("p", "m")], {"Retry-After": "3"})
    response = problem_response(request(), refusal)
    assert (response.status_code, response.headers["retry-after"]) == (429, "3")
    assert json.loads(bytes(response.body)) == {
        "type": "/problems/overloaded",
        "title": "The server is busy",
        "status": 429,
        "detail": "busy",
        "instance": "/a",
        "request_id": "r1",
        "errors": [{"parameter": "p", "message": "m"}],
    }


def test_what_is_not_for_people_goes_on_to_the_envelope() -> None:
    with pytest.raises(ExecutionError):
        asyncio.run(answer_error(request(), ExecutionError("inside")))


@pytest.mark.parametrize(("given", "told"), [(404, 404), (405, 405), (418, 400)])
def test_refusals_of_the_framework(given: int, told: int) -> None:
    error = HTTPException(given, headers={"Allow": "GET"})
    response = asyncio.run(answer_http(request(), error))
    assert (response.status_code, response.headers["allow"]) == (told, "GET")


def test_validation_by_the_framework() -> None:
    error = RequestValidationError([{"loc": ("query", "a"), "msg": "wrong", "type": "x"}])
    body = json.loads(bytes(asyncio.run(answer_validation(request(), error)).body))
    assert (body["status"], body["errors"]) == (400, [{"parameter": "query.a", "message": "wrong"}])
