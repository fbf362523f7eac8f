import json
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from tests.server.conftest import UPLOAD_LIMIT
from tests.server.live import Live, assert_problem, read_response, request_head

PATH = "/v1/videos:classify"


def post(client: httpx.Client, clip: bytes, **params: object) -> httpx.Response:
    query = {name: str(value) for name, value in params.items()}
    return client.post(PATH, content=clip, params=query, headers={"Content-Type": "video/mp4"})


def test_a_video_is_answered(client: httpx.Client, clip: bytes) -> None:
    response = post(client, clip)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["model"]["name"] == "untrained"
    assert "untrained" in answer["model"]["notice"]
    scores = [prediction["score"] for prediction in answer["predictions"]]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    assert answer["predictions"][0]["label"] == f"class {answer['predictions'][0]['index']}"
    assert answer["steps"] is None
    assert answer["patches"] is None
    compute = answer["compute"]
    assert compute["unit"] == "multiply-adds"
    assert (compute["frames_glanced"], compute["patches_focused"], compute["answers"]) == (16, 16, 16)
    assert compute["exit"] == "complete"
    assert compute["gflops_nominal"] == compute["gflops_full"]
    assert not compute["degraded"]
    video = answer["video"]
    assert (video["width"], video["height"], video["codec"], video["frames"]) == (128, 96, "h264", 50)
    assert video["fps"] == pytest.approx(25)
    assert answer["id"] == response.headers["x-request-id"]


def test_times_are_told_in_the_body_and_in_a_header(client: httpx.Client, clip: bytes) -> None:
    response = post(client, clip)
    times = response.json()["timing_ms"]
    assert times["total"] >= times["decode"] > 0
    assert times["total"] >= times["focus"] > 0
    header = dict(part.split(";dur=") for part in response.headers["server-timing"].split(", "))
    assert set(header) == set(times)
    gflops = response.json()["compute"]["gflops"]
    assert float(response.headers["x-compute-gflops"]) == pytest.approx(gflops)


@pytest.mark.parametrize(
    "content_type",
    [
        *("video/mp4", "VIDEO/x; a=b", "application/octet-stream", None),
        *("image/gif", "application/mp4", "application/x-matroska"),
    ],
)
def test_a_raw_body_may_have_any_of_these_types(
    client: httpx.Client, clip: bytes, content_type: str | None
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert client.post(PATH, content=clip, headers=headers).status_code == 200


def test_a_chunked_body(client: httpx.Client, clip: bytes) -> None:
    def parts() -> Iterator[bytes]:
        for start in range(0, len(clip), 1000):
            yield clip[start : start + 1000]

    assert client.post(PATH, content=parts()).status_code == 200


def test_a_form_carries_the_file_and_parameters(client: httpx.Client, clip: bytes) -> None:
    response = client.post(
        PATH,
        files={"file": ("../../etc/passwd.m3u8", clip, "video/mp4")},
        data={"top_k": "2", "steps": "all", "model": "with-exits"},
        params={"explain": "true"},
    )
    assert response.status_code == 200, response.text
    answer = response.json()
    assert len(answer["predictions"]) == 2
    assert answer["model"]["name"] == "with-exits"
    assert answer["model"]["notice"] is None
    assert len(answer["steps"]) == 16
    assert len(answer["patches"]) == 16


def test_every_step_ends_in_the_answer(client: httpx.Client, clip: bytes) -> None:
    answer = post(client, clip, steps="all", top_k=1).json()
    steps, best = answer["steps"], answer["predictions"][0]
    assert [step["answer"] for step in steps] == list(range(1, 17))
    assert (steps[-1]["label"], steps[-1]["score"]) == (best["label"], pytest.approx(best["score"]))
    assert steps[-1]["gflops_nominal"] == answer["compute"]["gflops_nominal"]


def test_top_k_beyond_the_classes_names_them_all(client: httpx.Client, clip: bytes) -> None:
    predictions = post(client, clip, top_k=1000).json()["predictions"]
    assert sorted(prediction["index"] for prediction in predictions) == list(range(10))
    assert sum(prediction["score"] for prediction in predictions) == pytest.approx(1)


def test_patches_lie_in_the_source(client: httpx.Client, clip: bytes) -> None:
    patches = post(client, clip, explain=True).json()["patches"]
    assert [patch["step"] for patch in patches] == list(range(16))
    for patch in patches:
        box = patch["box"]
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 128.001
        assert 0 <= box["y"] <= box["y"] + box["height"] <= 96.001
        assert box["width"] == pytest.approx(96 * 96 / 256, abs=0.3)
        assert patch["time_s"] == pytest.approx(patch["frame"] / 25, abs=1e-3)
        assert patch["focused"]


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"top_k": "0"}, "top_k"),
        ({"top_k": "many"}, "top_k"),
        ({"explain": "perhaps"}, "explain"),
        ({"steps": "some"}, "steps"),
        ({"deadline_ms": "-1"}, "deadline_ms"),
        ({"max_gflops": "inf"}, "max_gflops"),
        ({"max_gflops": "0.01"}, "max_gflops"),
        ({"compute_share": "0"}, "compute_share"),
        ({"compute_share": "1.01"}, "compute_share"),
        ({"compute_share": "nan"}, "compute_share"),
        ({"compute_share": "0.01"}, "compute_share"),
        ({"topk": "3"}, "topk"),
        ({"top_k": ["1", "2"]}, "top_k"),
    ],
)
def test_a_wrong_parameter_is_named(
    client: httpx.Client, clip: bytes, params: dict[str, str], named: str
) -> None:
    problem = assert_problem(client.post(PATH, content=clip, params=params), 400, "bad-parameter")
    assert [error["parameter"] for error in problem["errors"]] == [named]


@pytest.mark.parametrize("field", ["top_k", "model", "unknown"])
def test_a_wrong_field_of_a_form_is_refused_too(client: httpx.Client, clip: bytes, field: str) -> None:
    slug = {"model": (404, "unknown-model")}.get(field, (400, "bad-parameter"))
    assert_problem(client.post(PATH, files={"file": clip}, data={field: "no"}), *slug)


def test_a_parameter_given_in_the_query_and_the_form_is_refused(client: httpx.Client, clip: bytes) -> None:
    response = client.post(PATH, files={"file": clip}, data={"top_k": "2"}, params={"top_k": "3"})
    assert_problem(response, 400, "bad-parameter")


def test_an_unknown_model_is_told_what_there_is(client: httpx.Client, clip: bytes) -> None:
    problem = assert_problem(post(client, clip, model="nothing"), 404, "unknown-model")
    assert "untrained, with-exits" in problem["detail"]


@pytest.mark.parametrize(
    "content_type", ["application/json", "image/png", "application/x-www-form-urlencoded"]
)
def test_other_content_types_are_refused(client: httpx.Client, clip: bytes, content_type: str) -> None:
    response = client.post(PATH, content=clip, headers={"Content-Type": content_type})
    assert content_type in assert_problem(response, 415, "unsupported-media")["detail"]


def test_a_packed_body_is_refused(client: httpx.Client, clip: bytes) -> None:
    response = client.post(PATH, content=clip, headers={"Content-Encoding": "gzip"})
    assert_problem(response, 415, "unsupported-media")


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        (b"", 400, "empty-body"),
        (b"#EXTM3U\n/etc/passwd\n", 415, "unsupported-media"),
        (b"\x00" * 5000, 415, "unsupported-media"),
        (b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 500, 422, "undecodable-video"),
    ],
)
def test_what_is_no_video_is_refused(client: httpx.Client, body: bytes, status: int, slug: str) -> None:
    assert_problem(client.post(PATH, content=body), status, slug)


def test_malformed_forms_are_refused(client: httpx.Client, clip: bytes) -> None:
    for body in (b"nonsense", b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nabc'):
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        assert_problem(client.post(PATH, content=body, headers=headers), 400, "bad-request")
    assert_problem(
        client.post(PATH, content=b"x", headers={"Content-Type": "multipart/form-data"}), 400, "bad-request"
    )
    assert_problem(client.post(PATH, files={"video": clip}), 400, "bad-request")
    assert_problem(client.post(PATH, files={"file": b""}), 400, "empty-body")
    assert_problem(client.post(PATH, files=[("file", clip), ("file", clip)]), 400, "bad-request")


def test_a_body_that_says_it_is_too_large_is_not_read(live: Live) -> None:
    with live.connect() as connection:
        connection.sendall(request_head(PATH, 10 * UPLOAD_LIMIT))
        status, headers, body = read_response(connection)
    assert (status, headers["connection"]) == (413, "close")
    assert json.loads(body)["type"] == "/problems/upload-too-large"


def test_a_chunked_body_is_cut_off_at_the_limit(live: Live) -> None:
    chunk = b"8000\r\n" + bytes(0x8000) + b"\r\n"
    sent = 0
    with live.connect() as connection:
        connection.sendall(request_head(PATH, None))
        connection.setblocking(False)
        while sent < 100 * UPLOAD_LIMIT:
            try:
                answer = connection.recv(65536, socket.MSG_PEEK)
                break
            except BlockingIOError:
                connection.settimeout(5)
                connection.sendall(chunk)
                connection.setblocking(False)
                sent += len(chunk)
        connection.settimeout(5)
        status, _, _ = read_response(connection)
    assert answer
    assert status == 413
    assert sent < 20 * UPLOAD_LIMIT


def test_a_file_in_a_form_is_held_to_the_limit_exactly(client: httpx.Client) -> None:
    response = client.post(PATH, files={"file": bytes(UPLOAD_LIMIT + 1)})
    assert_problem(response, 413, "upload-too-large")
    response = client.post(PATH, files={"file": bytes(UPLOAD_LIMIT)})
    assert_problem(response, 415, "unsupported-media")


def test_a_stalled_upload_is_given_up(live: Live) -> None:
    with live.connect() as connection:
        connection.sendall(request_head(PATH, 1000) + bytes(10))
        status, headers, _ = read_response(connection)
        assert (status, headers["connection"]) == (408, "close")


def test_curl_style_expect_is_answered_before_the_body(live: Live, clip: bytes) -> None:
    with live.connect() as connection:
        connection.sendall(request_head(PATH, len(clip), Expect="100-continue"))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(clip)
        assert read_response(connection)[0] == 200


def test_a_connection_serves_many_requests(live: Live, clip: bytes) -> None:
    with live.connect() as connection:
        for _ in range(3):
            connection.sendall(request_head(PATH, len(clip)) + clip)
            assert read_response(connection)[0] == 200


def test_many_clients_get_the_same_answer(live: Live, clip: bytes) -> None:
    answers: list[object] = []

    def ask() -> None:
        with live.client() as client:
            for _ in range(3):
                answers.append(post(client, clip).json()["predictions"])

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 9
    first = answers[0]
    assert isinstance(first, list)
    for answer in answers:
        assert isinstance(answer, list)
        assert [p["label"] for p in answer] == [p["label"] for p in first]
        assert [p["score"] for p in answer] == pytest.approx([p["score"] for p in first], rel=1e-4)
