"""Every real and odd clip, posted to a running server."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.live import Live, running

LIMIT_S = 20.0
REFUSED = {
    "odd_zero_bytes.webm": (400, "empty-body"),
    "odd_fragment_without_init.m4s": (422, "undecodable-video"),
}


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with running() as live:
        yield live


def test_every_clip_is_answered_or_refused_for_a_named_cause(live: Live, clips: Path) -> None:
    index = json.loads((clips / "index.json").read_text())["clips"]
    assert len(index) >= 28
    with live.client() as client:
        for entry in index:
            started = time.monotonic()
            response = client.post(
                "/v1/videos:classify?explain=true",
                content=(clips / entry["file"]).read_bytes(),
                headers={"Content-Type": "application/octet-stream"},
            )
            assert time.monotonic() - started < LIMIT_S, entry["file"]
            body = response.json()
            if entry["file"] in REFUSED:
                status, slug = REFUSED[entry["file"]]
                assert (response.status_code, body["type"]) == (status, f"/problems/{slug}")
                assert body["detail"].endswith(".")
            else:
                assert response.status_code == 200, (entry["file"], body)
                check(entry, body)


def check(entry: dict[str, Any], body: dict[str, Any]) -> None:
    """Hold the facts in an answer to the index, and the patches to the picture."""
    name, video = entry["file"], body["video"]
    assert len(body["predictions"]) == 5
    assert len(body["patches"]) == 16
    if name == "odd_two_video_streams_nasa.mp4":
        assert (video["width"], video["height"]) == (480, 270), "the best of two video streams"
    else:
        assert (video["width"], video["height"]) == (entry["width"], entry["height"]), name
        if not video["truncated"]:
            assert video["frames"] == entry["frames_decoded"], name
    assert video["truncated"] == (entry["decode_error"] is not None), name
    assert video["rotation"] == entry["rotation_deg"] % 360, name
    for patch in body["patches"]:
        box = patch["box"]
        assert box["width"] > 0, name
        assert box["height"] > 0, name
        assert -0.01 <= box["x"] <= box["x"] + box["width"] <= video["width"] + 0.01, name
        assert -0.01 <= box["y"] <= box["y"] + box["height"] <= video["height"] + 0.01, name
        assert 0 <= patch["frame"] < video["frames"], name
