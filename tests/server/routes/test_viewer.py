import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from foveate.bundle.load import default_bundle
from foveate.video.geometry import turn_upright
from tests.conftest import REPOSITORY
from tests.server.live import assert_problem, running

FOLDER = REPOSITORY / "server" / "viewer"
SCRIPTS = sorted(FOLDER.glob("*.js"))
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="there is no node here, which runs the page's scripts")


@pytest.fixture(scope="module")
def default() -> Iterator[httpx.Client]:
    """Of a server of the embedded model."""
    with running(bundle=[default_bundle()]) as live, live.client() as client:
        yield client


def imported(folder: Path, script: str, name: str) -> str:
    """A line that imports a name of one of the page's scripts, which Node wants to be called modules."""
    copy = folder / f"{script}.mjs"
    copy.write_bytes((FOLDER / f"{script}.js").read_bytes())
    return f"import {{ {name} }} from {json.dumps(copy.as_uri())};"


def told(folder: Path, script: str, name: str, *given: object) -> Any:
    """What a function of the page's scripts gives."""
    call = f"{name}({', '.join(map(json.dumps, given))})"
    return json.loads(run_script(f"{imported(folder, script, name)} console.log(JSON.stringify({call}))"))


def run_script(script: str) -> str:
    assert NODE is not None
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", script], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def test_the_page_needs_nothing_from_elsewhere(client: httpx.Client) -> None:
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    references = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    own = [reference for reference in references if reference.startswith("viewer/")]
    assert set(references) - set(own) == {"data:,", "docs", "v1/models", "metrics"}
    for reference in own:
        kind = client.get(f"/{reference}").raise_for_status().headers["content-type"]
        assert kind.split(";")[0] in ("text/css", "text/javascript")


def test_what_scripts_ask_for_lies_beside_the_page() -> None:
    text = "".join(script.read_text(encoding="utf-8") for script in SCRIPTS)
    asked = re.findall(r'(?:fetch\(|from )["`]([^"`]+)["`]', text)
    assert len(asked) >= 6
    assert not [path for path in asked if path.startswith("/")]


def test_nothing_that_is_shown_can_run(client: httpx.Client) -> None:
    page = client.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*src=)| on\w+=| style=", page.text)
    for script in SCRIPTS:
        assert "innerHTML" not in script.read_text(encoding="utf-8")


def test_scripts_find_what_they_look_for() -> None:
    text = "".join(script.read_text(encoding="utf-8") for script in SCRIPTS)
    ids = set(re.findall(r' id="(\w+)"', (FOLDER / "index.html").read_text(encoding="utf-8")))
    wanted = set(re.findall(r'find\("(\w+)"\)', text))
    assert wanted
    assert wanted <= ids


def test_other_files_are_not_given_out(client: httpx.Client) -> None:
    for name in ("none.js", "..%2fapp.py", "%2e%2e%2fapp.py"):
        assert_problem(client.get(f"/viewer/{name}"), 404, "not-found")


def test_each_sample_is_what_it_is_said_to_be(default: httpx.Client) -> None:
    samples = default.get("/viewer/samples.json").raise_for_status().json()
    assert [path.name for path in FOLDER.glob("*.mp4")]
    assert {clip["file"] for clip in samples["clips"]} == {path.name for path in FOLDER.glob("*.mp4")}
    for clip in samples["clips"]:
        video = default.get(f"/viewer/{clip['file']}")
        assert video.headers["content-type"] == "video/mp4"
        answer = default.post(
            "/v1/videos:classify",
            params={"model": samples["model"], "explain": "true"},
            content=video.content,
            headers={"Content-Type": "video/mp4"},
        )
        assert answer.json()["predictions"][0]["label"] == clip["label"]
        assert answer.json()["patches"]


@needs_node
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_can_be_read(script: Path, tmp_path: Path) -> None:
    copy = tmp_path / f"{script.stem}.mjs"
    copy.write_bytes(script.read_bytes())
    assert NODE is not None
    subprocess.run([NODE, "--check", str(copy)], check=True, timeout=60)


@needs_node
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_lie_where_the_turned_frame_has_them(rotation: int, tmp_path: Path) -> None:
    box, video = {"x": 2, "y": 1, "width": 3, "height": 2}, {"width": 10, "height": 6, "rotation": rotation}
    found = told(tmp_path, "overlay", "upright", box, video)
    frame = np.zeros((6, 10, 3), np.uint8)
    frame[1:3, 2:5] = 1
    turned = turn_upright(frame, rotation)[..., 0]
    height, width = turned.shape
    rows, columns = np.nonzero(turned)
    assert found["x"] == pytest.approx(columns.min() / width)
    assert found["y"] == pytest.approx(rows.min() / height)
    assert found["x"] + found["width"] == pytest.approx((columns.max() + 1) / width)
    assert found["y"] + found["height"] == pytest.approx((rows.max() + 1) / height)
    assert told(tmp_path, "overlay", "shapeOf", video) == pytest.approx(width / height)


@needs_node
def test_wide_pixels_make_a_wide_picture_and_bars_lie_beside_it(tmp_path: Path) -> None:
    video = {"width": 10, "height": 6, "rotation": 90, "pixel_aspect": 1.5}
    assert told(tmp_path, "overlay", "shapeOf", video) == pytest.approx(6 / 15)
    assert told(tmp_path, "overlay", "pictureIn", 100, 40, 2) == {"x": 10, "y": 0, "width": 80, "height": 40}
    assert told(tmp_path, "overlay", "pictureIn", 100, 80, 2) == {"x": 0, "y": 15, "width": 100, "height": 50}


@needs_node
@pytest.mark.parametrize(("time", "steps"), [(0, []), (0.125, [1, 2]), (0.5, [1, 2]), (1, [0]), (9, [3])])
def test_the_patches_of_a_moment_are_those_of_the_frame_looked_at_last(
    time: float, steps: list[int], tmp_path: Path
) -> None:
    patches = [{"step": step, "time_s": at} for step, at in enumerate([0.875, 0.125, 0.125, 1.5])]
    assert [patch["step"] for patch in told(tmp_path, "overlay", "patchesAt", patches, time)] == steps


@needs_node
def test_what_is_said_of_an_answer(tmp_path: Path) -> None:
    compute = {
        "exit": "confidence",
        "answers": 2,
        "degraded": True,
        "saving_of_full": 0.75,
        "frames_glanced": 3,
        "patches_focused": 2,
    }
    said = told(tmp_path, "words", "ending", compute)
    assert said == (
        "It was sure enough after answer 2, less than asked for: the server is busy; "
        "75.0 % of the plan's compute was saved."
    )
    video = {"codec": "h264", "width": 32, "height": 24, "frames": 1}
    model = {"name": "made", "version": "1", "device": "cpu"}
    said = told(tmp_path, "words", "summary", {"model": model, "compute": compute, "video": video})
    assert said == "h264, 32 \u00d7 24, frames: 1; 3 glances, 2 patches. made 1 on cpu."


@needs_node
@pytest.mark.parametrize(
    ("response", "said"),
    [
        ('new Response(\'{"title": "Busy", "detail": "Wait."}\', {status: 429})', "Busy: Wait."),
        ("new Response('<html>', {status: 502, statusText: 'Bad Gateway'})", "502 Bad Gateway"),
        ("new Response('{}', {status: 500, statusText: 'Failed'})", "500: Failed"),
    ],
)
def test_what_is_no_answer_is_told_in_a_line(response: str, said: str, tmp_path: Path) -> None:
    script = f"{imported(tmp_path, 'words', 'answerOf')} try {{ await answerOf({response}); }}"
    assert run_script(script + " catch (error) { console.log(error.message); }").strip().endswith(said)


@needs_node
@pytest.mark.parametrize(
    ("type", "posted"),
    [
        ("video/mp4", "video/mp4"),
        ("image/gif", "image/gif"),
        ("", "application/octet-stream"),
        ("text/vnd.trolltech.linguist", "application/octet-stream"),
    ],
)
def test_files_are_posted_as_what_the_server_takes(type: str, posted: str, tmp_path: Path) -> None:
    assert told(tmp_path, "words", "typeOf", {"type": type}) == posted
