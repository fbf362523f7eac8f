import hashlib
import json

import httpx

from foveate.bundle.load import untrained_bundle
from foveate.runtimes.base import PassedOver, RuntimeInfo
from server.routes import models as route
from tests.server.live import assert_problem


def test_all_models_are_listed_the_default_first(client: httpx.Client) -> None:
    models = client.get("/v1/models").json()["models"]
    assert [(model["name"], model["default"]) for model in models] == [
        ("untrained", True),
        ("with-exits", False),
    ]
    assert "untrained" in models[0]["notice"]


def test_a_model_is_described(client: httpx.Client) -> None:
    manifest_bytes = (untrained_bundle() / "manifest.json").read_bytes()
    manifest = json.loads(manifest_bytes)
    model = client.get("/v1/models/untrained").json()
    assert model["sha256"] == hashlib.sha256(manifest_bytes).hexdigest()
    assert model["files"] == manifest["files"]
    assert model["labels"] == [f"class {i}" for i in range(10)]
    assert model["input"]["pool"] == 16
    assert model["input"]["crop"] == 224
    assert model["plan"] == {
        "order": "interleaved",
        "glance_frames": 16,
        "candidates": 16,
        "steps": 16,
        "keep_threshold": None,
        "can_stop": True,
    }
    assert model["cost"]["unit"] == "multiply-adds"
    assert model["cost"]["by_answer"] == manifest["cost"]["nominal"]
    assert model["cost"]["by_graph"]["glance.onnx"] > 0
    assert model["runtime"]["device"] == "cpu"
    assert model["runtime"]["reason"]
    assert model["exits"] is None


def test_exits_are_described(client: httpx.Client) -> None:
    exits = client.get("/v1/models/with-exits").json()["exits"]
    assert (exits["measure"], exits["default"], len(exits["settings"])) == ("largest-logit", 1, 2)
    assert exits["settings"][0]["accuracy"] is None


def test_an_unknown_model_is_not_found(client: httpx.Client) -> None:
    assert_problem(client.get("/v1/models/nothing"), 404, "unknown-model")


def test_what_was_passed_over_is_told() -> None:
    info = RuntimeInfo("r", "cpu", "why", (PassedOver("cuda", "no CUDA device"),))
    described = route._runtime(info).model_dump()
    assert described["passed_over"] == [{"name": "cuda", "reason": "no CUDA device"}]
