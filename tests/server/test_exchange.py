"""Bundles that are exchanged while the server serves."""

import json
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from foveate.bundle.load import untrained_bundle
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from tests.server.live import Live, assert_problem, read_response, request_head, running, with_exits

PATH = "/v1/videos:classify"


def put(folder: Path, name: str, **changes: Any) -> None:
    """Put a bundle in a folder's place at once, as an operator should: by a link."""
    made = folder.parent / f"made-{len(list(folder.parent.iterdir()))}"
    shutil.copytree(untrained_bundle(), made)
    manifest = json.loads((made / "manifest.json").read_text())
    (made / "manifest.json").write_text(json.dumps(manifest | {"name": name} | changes))
    link = folder.with_name("link")
    link.symlink_to(made)
    link.replace(folder)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    put(tmp_path / "now", "it", version="1")
    return tmp_path


@pytest.fixture
def live(root: Path) -> Iterator[Live]:
    with running(bundle=[root / "now"]) as live:
        yield live


def exchange(live: Live, outcome: str) -> None:
    """Have the bundles read anew, and wait until that has ended so."""
    sample = f'foveate_exchanges_total{{outcome="{outcome}"}}'
    before = live.count(sample)
    live.server.handle_read_anew(10, None)
    live.until(lambda: live.count(sample) > before, 60)


def versions(client: httpx.Client) -> dict[str, str]:
    return {model["name"]: model["version"] for model in client.get("/v1/models").json()["models"]}


def engine_keys(live: Live) -> set[str]:
    return set(live.service.engine._plans)


def test_a_new_version_takes_the_place_of_the_old(live: Live, root: Path, clip: bytes) -> None:
    with live.client() as client:
        before = client.post(PATH, content=clip).json()
        put(root / "now", "it", version="2")
        exchange(live, "exchanged")
        after = client.post(PATH, content=clip).json()
        assert (before["model"]["version"], after["model"]["version"]) == ("1", "2")
        assert before["predictions"] == after["predictions"]
        assert versions(client) == {"it": "2"}
    live.until(lambda: engine_keys(live) == {"it#1"})
    live.until(lambda: not live.service._exchange.running)
    live.until(live.at_rest)


def test_what_has_begun_ends_with_the_old_one(live: Live, root: Path, clip: bytes) -> None:
    answers: list[dict[str, Any]] = []

    def post() -> None:
        with live.client() as client:
            answers.append(client.post(PATH, content=clip).json())

    put(root / "now", "it", version="2")
    begun = live.gate.begun
    with live.gate.closed():
        posting = threading.Thread(target=post)
        posting.start()
        live.until(lambda: live.gate.begun > begun)
        live.server.handle_read_anew(10, None)
        live.until(lambda: len(engine_keys(live)) == 2)
    posting.join(30)
    assert answers[0]["model"]["version"] == "1"
    live.until(lambda: engine_keys(live) == {"it#1"}, 30)


def test_frames_that_are_still_coming_are_for_the_model_they_were_meant_for(live: Live, root: Path) -> None:
    body = bytes(16 * 224 * 224 * 3)
    head = request_head(
        "/v1/frames:classify?preprocessed=true",
        len(body),
        "application/octet-stream",
        X_Shape="16,224,224,3",
    )
    put(root / "now", "it", version="2")
    with live.connect() as connection:
        connection.sendall(head + body[:1000])
        live.until(lambda: live.service.levels()["requests_uploading"] == 1)
        exchange(live, "exchanged")
        time.sleep(0.2)
        assert engine_keys(live) == {"it#0", "it#1"}
        connection.sendall(body[1000:])
        status, _, answer = read_response(connection)
    assert status == 200
    assert json.loads(answer)["model"]["version"] == "1"
    live.until(lambda: engine_keys(live) == {"it#1"}, 30)


def test_nobody_notices_an_exchange(live: Live, root: Path, clip: bytes) -> None:
    stop, failures, seen = threading.Event(), list[str](), list[str]()

    def post() -> None:
        with live.client() as client:
            while not stop.is_set():
                response = client.post(PATH, content=clip)
                if response.status_code != 200:
                    failures.append(response.text)
                else:
                    seen.append(response.json()["model"]["version"])

    clients = [threading.Thread(target=post) for _ in range(3)]
    for each in clients:
        each.start()
    for version in ("2", "3", "4"):
        put(root / "now", "it", version=version)
        exchange(live, "exchanged")
        live.until(lambda version=version: version in seen, 30)  # type: ignore[misc]
    stop.set()
    for each in clients:
        each.join(30)
    assert failures == []
    assert sorted(set(seen)) == ["1", "2", "3", "4"]
    live.until(lambda: engine_keys(live) == {"it#3"}, 30)
    live.until(live.at_rest)


def test_what_has_not_changed_is_not_loaded_again(live: Live, root: Path) -> None:
    exchange(live, "unchanged")
    assert engine_keys(live) == {"it#0"}
    with live.client() as client:
        assert versions(client) == {"it": "1"}


def test_a_bundle_of_another_name_is_another_model(live: Live, root: Path, clip: bytes) -> None:
    put(root / "now", "other", version="1")
    exchange(live, "exchanged")
    with live.client() as client:
        assert versions(client) == {"other": "1"}
        assert_problem(client.post(PATH, params={"model": "it"}, content=clip), 404, "unknown-model")
        assert client.post(PATH, content=clip).json()["model"]["name"] == "other"
    assert live.count('foveate_degraded_total{model="other"}') == 0


@pytest.mark.parametrize("why", ["altered", "gone", "too large", "does not run"])
def test_a_bundle_that_cannot_be_served_changes_nothing(
    live: Live, root: Path, clip: bytes, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    put(root / "now", "it", version="2")
    folder = (root / "now").resolve()
    if why == "altered":
        (folder / "labels.txt").write_text("\n".join(f"other {i}" for i in range(10)))
    elif why == "gone":
        (root / "now").unlink()
    elif why == "too large":
        live.service._parts.slab.page_bytes -= 1
    else:
        live.gate.failure = ValueError("no")
    exchange(live, "failed")
    live.gate.failure = None
    assert "the bundles were not exchanged, what was served is: " in caplog.text
    live.until(lambda: engine_keys(live) == {"it#0"})
    if why == "too large":
        live.service._parts.slab.page_bytes += 1
        assert "it needs a new start" in caplog.text
    with live.client() as client:
        assert client.post(PATH, content=clip).json()["model"]["version"] == "1"
        assert client.get("/readyz").status_code == 200
    live.until(live.at_rest)


def test_one_that_is_asked_for_meanwhile_follows(live: Live, root: Path) -> None:
    put(root / "now", "it", version="2")
    with live.gate.closed():
        live.server.handle_read_anew(10, None)
        live.until(lambda: len(engine_keys(live)) == 2)
        put(root / "now", "it", version="3")
        live.server.handle_read_anew(10, None)
        live.until(lambda: live.service._exchange._again)
    with live.client() as client:
        live.until(lambda: versions(client) == {"it": "3"}, 30)
    live.until(lambda: len(engine_keys(live)) == 1)


def test_a_folder_of_bundles_gains_and_loses_some(tmp_path: Path, clip: bytes) -> None:
    with_exits(tmp_path / "a", "a")
    with running(bundle=[tmp_path]) as live, live.client() as client:
        with_exits(tmp_path / "b", "b")
        exchange(live, "exchanged")
        assert list(versions(client)) == ["a", "b"]
        assert client.post(PATH, params={"model": "b"}, content=clip).status_code == 200
        shutil.rmtree(tmp_path / "a")
        exchange(live, "exchanged")
        assert list(versions(client)) == ["b"]
        assert client.post(PATH, content=clip).json()["model"]["name"] == "b"
        live.until(lambda: engine_keys(live) == {"b#2"})


def test_the_server_stops_while_a_bundle_is_loaded(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loading, go_on = threading.Event(), threading.Event()
    with running(bundle=[root / "now"]) as live:
        plain = OnnxCpuRuntime.load

        def slow(self: OnnxCpuRuntime, path: Path, graph: Any) -> Any:
            loading.set()
            assert go_on.wait(30)
            return plain(self, path, graph)

        monkeypatch.setattr(OnnxCpuRuntime, "load", slow)
        put(root / "now", "it", version="2")
        live.server.handle_read_anew(10, None)
        assert loading.wait(30)
        threading.Timer(0.5, go_on.set).start()
        live.drain()
        live.join()
    assert live.failed is None
