import httpx
import numpy as np
import pytest

from foveate.video.sampling import pool_indices
from tests.server.conftest import UPLOAD_LIMIT
from tests.server.live import Live, assert_problem

PATH = "/v1/frames:classify"
RAW = {"Content-Type": "application/octet-stream"}


def frames(count: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, (count, height, width, 3), np.uint8)


def test_frames_are_sampled_like_those_of_a_video(client: httpx.Client, live: Live) -> None:
    body = frames(20, 48, 64)
    response = client.post(
        PATH, content=body.tobytes(), headers={**RAW, "X-Shape": "20,48,64,3"}, params={"explain": "true"}
    )
    assert response.status_code == 200, response.text
    answer = response.json()
    sampling = live.service.catalogue.default.bundle.manifest.sampling
    assert [patch["frame"] for patch in answer["patches"]] == list(pool_indices(sampling, 20))
    assert {patch["time_s"] for patch in answer["patches"]} == {None}
    video = answer["video"]
    assert (video["container"], video["frames"], video["fps"]) == ("raw", 20, None)
    assert (video["width"], video["height"]) == (64, 48)


def test_the_shape_may_be_a_parameter(client: httpx.Client) -> None:
    body = frames(3, 32, 32).tobytes()
    assert client.post(PATH, content=body, params={"shape": "3,32,32,3"}).status_code == 200


def test_preprocessed_frames_are_the_pool_itself(tmp_path_factory: pytest.TempPathFactory) -> None:
    from tests.server.live import running

    pool = frames(16, 224, 224)
    with running() as live, live.client() as client:
        asked = {"preprocessed": "true", "explain": "true", "shape": "16,224,224,3"}
        response = client.post(PATH, content=pool.tobytes(), params=asked)
        assert response.status_code == 200, response.text
        patches = response.json()["patches"]
        assert [patch["frame"] for patch in patches] == list(range(16))
        assert {(p["box"]["width"], p["box"]["height"]) for p in patches} == {(96.0, 96.0)}
        again = client.post(PATH, content=pool.tobytes(), params={"shape": "16,224,224,3"})
        # The same frames through a resize are not the same pixels.
        assert again.json()["predictions"][0]["score"] != response.json()["predictions"][0]["score"]


@pytest.mark.parametrize(
    ("params", "length"),
    [
        ({}, 3072),
        ({"shape": "1,32,32"}, 3072),
        ({"shape": "1,32,32,4"}, 4096),
        ({"shape": "0,32,32,3"}, 3072),
        ({"shape": "1,32,32,3"}, 3071),
        ({"shape": "1,32,32,3"}, 3073),
        ({"shape": "1,32,32,3", "preprocessed": "true"}, 3072),
    ],
)
def test_shapes_that_do_not_fit_are_refused(
    client: httpx.Client, params: dict[str, str], length: int
) -> None:
    problem = assert_problem(client.post(PATH, content=bytes(length), params=params), 400, "bad-parameter")
    assert problem["errors"][0]["parameter"] == "shape"


def test_a_chunked_body_of_another_length_is_refused(client: httpx.Client) -> None:
    params = {"shape": "1,32,32,3"}
    for length, found in ((99, "99"), (9999, "9999 or more")):
        response = client.post(PATH, content=iter([bytes(length)]), params=params)
        problem = assert_problem(response, 400, "bad-parameter")
        assert problem["detail"] == f"Frames of this shape are 3072 bytes, not {found}."
    assert_problem(client.post(PATH, content=iter([b""]), params=params), 400, "empty-body")


def test_a_shape_beyond_the_limit_is_refused_before_the_body(client: httpx.Client) -> None:
    side = int((UPLOAD_LIMIT / 3) ** 0.5) + 1
    response = client.post(PATH, content=iter([bytes(9)]), params={"shape": f"1,{side},{side},3"})
    assert_problem(response, 413, "upload-too-large")


def test_a_shape_given_twice_is_refused(client: httpx.Client) -> None:
    headers = {"X-Shape": "1,32,32,3"}
    response = client.post(PATH, content=bytes(3072), headers=headers, params={"shape": "1,32,32,3"})
    assert_problem(response, 400, "bad-parameter")


def test_other_content_types_are_refused(client: httpx.Client) -> None:
    headers = {"Content-Type": "video/mp4"}
    response = client.post(PATH, content=bytes(3072), headers=headers, params={"shape": "1,32,32,3"})
    assert_problem(response, 415, "unsupported-media")
