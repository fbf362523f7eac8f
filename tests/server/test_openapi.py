from typing import Any

import httpx
import pytest

from server.errors import Problems
from server.media import FILE_TYPES
from server.openapi import errors_of


@pytest.fixture
def schema(client: httpx.Client) -> dict[str, Any]:
    described: dict[str, Any] = client.get("/openapi.json").json()
    return described


def references(node: object) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(references(value) for value in node))
    return set()


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    known = {f"#/components/schemas/{name}" for name in schema["components"]["schemas"]}
    found = references(schema)
    assert found
    assert found <= known


def test_all_paths_for_clients_are_described(schema: dict[str, Any]) -> None:
    paths = {"/v1/videos:classify", "/v1/frames:classify", "/v1/models", "/v1/models/{name}"}
    assert set(schema["paths"]) == paths | {"/livez", "/readyz", "/metrics"}


def test_every_error_is_described_as_a_problem(schema: dict[str, Any]) -> None:
    for path in schema["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status != "200":
                    assert list(response["content"]) == ["application/problem+json"]
            assert {"400", "431"} < set(operation["responses"])
    assert "HTTPValidationError" not in schema["components"]["schemas"]
    responses = schema["paths"]["/v1/videos:classify"]["post"]["responses"]
    kinds = {str(problem.value.status) for problem in Problems} - {"405"}
    assert set(responses) == kinds | {"200"}
    assert [status for status, told in responses.items() if "Retry-After" in told.get("headers", {})] == [
        "429",
        "503",
    ]


def test_bodies_and_parameters_are_described(schema: dict[str, Any]) -> None:
    videos = schema["paths"]["/v1/videos:classify"]["post"]
    body = videos["requestBody"]
    assert body["required"]
    assert set(body["content"]) == {*FILE_TYPES, "multipart/form-data"}
    named = {parameter["name"]: parameter for parameter in videos["parameters"]}
    assert set(named) == {"model", "top_k", "explain", "steps", "max_gflops", "compute_share", "deadline_ms"}
    assert named["steps"]["schema"]["enum"] == ["last", "all"]
    assert named["max_gflops"]["schema"] == {"type": "number", "exclusiveMinimum": 0}
    assert named["compute_share"]["schema"] == {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
    frames = schema["paths"]["/v1/frames:classify"]["post"]["parameters"]
    assert {"X-Shape", "shape", "preprocessed"} < {parameter["name"] for parameter in frames}


def test_a_status_of_several_kinds_names_them_all() -> None:
    description = errors_of(400)[400]["description"]
    assert "parameter is wrong" in description
    assert "body is empty" in description
