import math
import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from server.multipart import OVERHEAD
from server.room import WINDOW
from tests.server.live import Live, assert_problem, read_response, request_head, running

PATH = "/v1/videos:classify"
GONE = 'foveate_requests_total{model="untrained",route="/v1/videos:classify",status="499"}'
LATE = 'foveate_cancelled_total{reason="deadline"}'
FRAMES = (16, 256, 256, 3)
OCTETS = "application/octet-stream"


@contextmanager
def small_room(largest: int, more: int = 0) -> Iterator[Live]:
    """A server with room for one upload of the largest kind, and more."""
    with running(max_upload_bytes=largest, max_bytes_in_flight=largest + OVERHEAD + more) as live:
        yield live


def test_a_client_that_dies_while_it_uploads_leaves_nothing(live: Live, clip: bytes) -> None:
    before = live.count(GONE)
    connection = live.connect()
    connection.sendall(request_head(PATH, len(clip)) + clip[:5000])
    live.until(lambda: live.service.uploads.open_files == 1)
    connection.close()
    live.until(lambda: live.count(GONE) == before + 1)
    live.until(live.at_rest)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Connection": "close"}, {"Connection": "Upgrade", "Upgrade": "h2c"}],
    ids=["kept open", "closed after it", "offers to upgrade"],
)
def test_no_batch_begins_for_a_client_that_has_gone(live: Live, clip: bytes, headers: dict[str, str]) -> None:
    before, start = live.count(GONE), live.gate.begun
    with live.gate.closed(), live.connect() as connection:
        connection.sendall(request_head(PATH, len(clip), **headers) + clip)
        live.until(lambda: live.gate.begun == start + live.settings.lanes)
        connection.close()
        live.until(lambda: live.count(GONE) == before + 1)
        live.until(lambda: live.service.engine.in_flight() == 0)
        # Its pages are still read by the batches that are held.
        levels = live.service.levels()
        assert levels["pages_free"] < levels["pages"]
        assert levels["requests_in_flight"] == 0
        held = live.gate.begun
    live.until(live.at_rest)
    time.sleep(0.05)
    assert live.gate.begun == held


def test_the_deadline_holds_while_the_engine_is_busy(live: Live, client: httpx.Client, clip: bytes) -> None:
    before = live.count(LATE)
    with live.gate.closed():
        began = time.monotonic()
        response = client.post(PATH, content=clip, params={"deadline_ms": "300"})
        took = time.monotonic() - began
        assert_problem(response, 504, "deadline")
        assert live.count(LATE) == before + 1
        assert took > 0.25
        begun = live.gate.begun
    live.until(live.at_rest)
    time.sleep(0.05)
    assert live.gate.begun == begun


def test_the_deadline_holds_while_the_body_comes(live: Live) -> None:
    before = live.count(LATE)
    with live.connect() as connection:
        connection.sendall(request_head(PATH + "?deadline_ms=100", 1000) + bytes(10))
        assert read_response(connection)[0] == 504
    assert live.count(LATE) == before + 1


@pytest.mark.parametrize(
    ("model", "left"), [("untrained", (4, "budget", None)), ("with-exits", (1, "confidence", 0))]
)
def test_a_busy_server_degrades_and_then_refuses(
    live: Live, clip: bytes, model: str, left: tuple[int, str, int | None]
) -> None:
    most = live.settings.max_in_flight
    answers: list[httpx.Response] = []

    def ask() -> None:
        with live.client() as client:
            answers.append(client.post(PATH, content=clip, params={"model": model}))

    with live.gate.closed():
        threads = []
        for number in range(most):
            threads.append(threading.Thread(target=ask))
            threads[-1].start()
            # One after another, so that each meets the pressure of those before it.
            live.until(lambda wanted=number + 1: live.service.engine.in_flight() == wanted)  # type: ignore[misc]
        with live.client() as client:
            refused = client.post(PATH, content=clip)
    for thread in threads:
        thread.join()
    assert_problem(refused, 429, "overloaded")
    assert int(refused.headers["retry-after"]) >= 1
    computes = [answer.json()["compute"] for answer in answers]
    assert sorted(compute["degraded"] for compute in computes) == [False] * (most - 1) + [True]
    degraded = next(compute for compute in computes if compute["degraded"])
    setting = degraded["exit_setting"]
    assert (degraded["answers"], degraded["exit"], setting and setting["number"]) == left


def test_bytes_in_flight_are_bounded(clip: bytes) -> None:
    with small_room(len(clip)) as live, live.client() as client:
        with live.connect() as connection:
            connection.sendall(request_head(PATH, len(clip)) + clip[:100])
            live.until(lambda: live.service.admission.bytes == len(clip))
            taken = live.service.admission.enter(OVERHEAD)
            assert_problem(client.post(PATH, content=clip), 429, "overloaded")
            assert_problem(client.post(PATH, content=iter([clip])), 429, "overloaded")
        live.until(lambda: live.service.admission.bytes == OVERHEAD)
        taken.release()
        assert client.post(PATH, content=iter([clip])).status_code == 200


def test_what_is_only_declared_takes_little(clip: bytes) -> None:
    with small_room(16 << 20) as live, live.client() as client, ExitStack() as idle:
        for number in range(4):
            connection = idle.enter_context(live.connect())
            connection.sendall(request_head(PATH, 16 << 20))
            live.until(lambda wanted=number + 1: live.service.admission.requests == wanted)  # type: ignore[misc]
        assert live.service.admission.bytes == 4 * WINDOW
        assert client.post(PATH, content=clip).status_code == 200
        idle.close()
        live.until(live.at_rest)


@pytest.mark.parametrize("uploads", [5, 9])
def test_idle_uploads_keep_nobody_from_the_lanes(clip: bytes, uploads: int) -> None:
    with running(max_in_flight=4, max_uploads=9) as live, live.client() as client, ExitStack() as idle:
        for number in range(uploads):
            connection = idle.enter_context(live.connect())
            connection.sendall(request_head(PATH, len(clip)) + clip[:10])
            live.until(lambda wanted=number + 1: live.service.admission.uploading == wanted)  # type: ignore[misc]
        response = client.post(PATH, content=clip)
        if uploads < 9:
            assert response.status_code == 200
            assert not response.json()["compute"]["degraded"]
        else:
            body = assert_problem(response, 429, "overloaded")
            assert body["detail"] == "9 uploads are under way already."
        idle.close()
        live.until(live.at_rest)


def test_an_upload_that_ends_in_a_crowd_waits_for_its_turn(clip: bytes) -> None:
    with running(max_in_flight=1) as live, live.connect() as late, live.connect() as first:
        admission = live.service.admission
        late.sendall(request_head(PATH, len(clip)) + clip[:-1])
        live.until(lambda: admission.uploading == 1)
        for ticket in admission._uploads:
            admission._uploads[ticket] -= 60  # It has been under way for a minute.
        with live.gate.closed():
            first.sendall(request_head(PATH, len(clip)) + clip)
            live.until(lambda: live.service.engine.in_flight() == 1)
            late.sendall(clip[-1:])
            live.until(lambda: admission.waiting == 1)
            with live.client() as client:
                assert_problem(client.post(PATH, content=clip), 429, "overloaded")
        assert [read_response(connection)[0] for connection in (first, late)] == [200, 200]
        live.until(live.at_rest)


def test_uploads_under_way_wait_for_room_and_are_answered() -> None:
    body = bytes(math.prod(FRAMES))
    head = request_head("/v1/frames:classify", len(body), OCTETS, X_Shape=",".join(map(str, FRAMES)))
    with small_room(len(body), WINDOW) as live, live.connect() as first, live.connect() as second:
        first.sendall(head + body[: len(body) // 2])
        live.until(lambda: live.service.admission.bytes > len(body) // 2)
        second.sendall(head + body[: len(body) // 2])
        live.until(lambda: live.service.levels()["uploads_waiting"] == 1)
        with live.client() as client:
            assert_problem(client.post(PATH, content=body), 429, "overloaded")
        first.sendall(body[len(body) // 2 :])
        assert read_response(first)[0] == 200
        second.sendall(body[len(body) // 2 :])
        assert read_response(second)[0] == 200
        live.until(live.at_rest)


def test_room_is_given_back_once_a_video_is_decoded(live: Live, clip: bytes) -> None:
    with live.gate.closed(), live.connect() as connection:
        connection.sendall(request_head(PATH, len(clip)) + clip)
        live.until(lambda: live.service.engine.in_flight() == 1)
        levels = live.service.levels()
        assert (levels["requests_in_flight"], levels["bytes_in_flight"], levels["upload_files"]) == (1, 0, 0)


def test_a_full_upload_folder_is_said(
    live: Live, client: httpx.Client, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int, parts: list[bytes]) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(live.service.uploads, "_writer", full)
    assert_problem(client.post(PATH, content=clip), 507, "no-space")


def test_a_failing_network_fails_its_own_request_and_shows_nothing(
    live: Live, client: httpx.Client, clip: bytes
) -> None:
    live.gate.failure = RuntimeError("secret")
    try:
        response = client.post(PATH, content=clip)
    finally:
        live.gate.failure = None
    assert_problem(response, 500, "internal-error")
    assert "secret" not in response.text
    assert client.post(PATH, content=clip).status_code == 200


def _one_of_a_storm(live: Live, clip: bytes, number: int, seen: list[int]) -> None:
    chance = random.Random(number)
    with live.client() as client:
        for _ in range(4):
            kind = chance.choice(["good", "bad", "gone", "late", "form", "torn"])
            if kind == "gone":
                with live.connect() as connection:
                    cut = chance.choice([100, len(clip)])
                    connection.sendall(request_head(PATH, len(clip)) + clip[:cut])
                    time.sleep(chance.random() * 0.05)
                continue
            if kind == "form":
                response = client.post(PATH, files={"file": clip}, data={"steps": "all"})
            else:
                body = {"bad": bytes(4000), "torn": clip[: len(clip) // 2]}.get(kind, clip)
                asked = {"deadline_ms": str(chance.randint(1, 60))} if kind == "late" else {}
                response = client.post(PATH, content=body, params=asked)
            seen.append(response.status_code)


def test_nothing_is_left_after_a_storm(live: Live, clip: bytes) -> None:
    seen: list[int] = []
    threads = [threading.Thread(target=_one_of_a_storm, args=(live, clip, n, seen)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert set(seen) <= {200, 415, 422, 429, 504}
    assert {200, 415, 429} <= set(seen)
    live.until(live.at_rest)
    with live.client() as client:
        assert client.post(PATH, content=clip).status_code == 200
