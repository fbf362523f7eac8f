import httpx
import pytest

from tests.server.live import Live


def test_a_server_that_works_says_so(client: httpx.Client) -> None:
    for path, text in (("/livez", "alive\n"), ("/readyz", "ready\n")):
        response = client.get(path)
        assert (response.status_code, response.text) == (200, text)
        response = client.head(path)
        assert (response.status_code, response.text) == (200, "")


def test_metrics_follow_what_was_done(live: Live, client: httpx.Client, clip: bytes) -> None:
    def samples() -> dict[str, float]:
        lines = client.get("/metrics").text.splitlines()
        pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}

    before = samples()
    assert client.post("/v1/videos:classify", content=clip).status_code == 200
    live.until(live.at_rest)
    after = samples()

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0.0)

    assert grown('foveate_requests_total{model="untrained",route="/v1/videos:classify",status="200"}') == 1
    assert grown("foveate_upload_bytes_total") == len(clip)
    assert grown('foveate_video_multiply_adds_count{kind="executed",model="untrained"}') == 1
    assert grown('foveate_batch_units_sum{model="untrained",stage="glance"}') == 16
    assert grown("foveate_decode_decoded_total") == 1
    assert grown('foveate_stage_seconds_count{model="untrained",stage="focus"}') == 1
    assert after["foveate_requests_in_flight"] == 0
    assert after["foveate_pages_free"] == after["foveate_pages"]
    assert after["foveate_ready"] == 1


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("GZIP ; q=1.0, *", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("br, gzip;q=0.000", False),
        ("x-gzip-not", False),
        ("", False),
    ],
)
def test_metrics_are_packed_for_who_takes_that(client: httpx.Client, accepted: str, packed: bool) -> None:
    answer = client.get("/metrics", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == ("gzip" if packed else None)
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "foveate_ready 1.0" in answer.text


def test_requests_are_counted_by_the_model_they_are_for(
    live: Live, client: httpx.Client, clip: bytes
) -> None:
    path = "/v1/videos:classify"

    def count(model: str, status: int) -> float:
        return live.count(f'foveate_requests_total{{model="{model}",route="{path}",status="{status}"}}')

    wanted = (("with-exits", 200), ("with-exits", 400), ("", 404))
    before = [count(*each) for each in wanted]
    # The form names it after its file: known only once all is read.
    assert client.post(path, files={"file": clip}, data={"model": "with-exits"}).status_code == 200
    assert client.post(path, params={"model": "with-exits", "max_gflops": "1e-9"}).status_code == 400
    assert client.post(path, params={"model": "made-up"}, content=clip).status_code == 404
    assert [count(*each) for each in wanted] == [was + 1 for was in before]
    assert "made-up" not in client.get("/metrics").text


def test_a_device_that_hangs_wants_a_new_start(
    live: Live, client: httpx.Client, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live.service.engine, "longest_batch_s", lambda: 119.0)
    assert client.get("/livez").status_code == 200
    monkeypatch.setattr(live.service.engine, "longest_batch_s", lambda: 121.0)
    for path in ("/livez", "/readyz"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.json()["detail"] == "A batch has been running for 121 s: the device hangs."
    assert client.post("/v1/videos:classify", content=clip).status_code == 503
    assert "foveate_longest_batch_seconds 121.0" in client.get("/metrics").text
    never = live.service.settings.model_copy(update={"stall_s": 0.0})
    monkeypatch.setattr(live.service, "settings", never)
    assert client.get("/livez").status_code == 200
