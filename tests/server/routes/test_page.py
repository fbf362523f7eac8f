import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from foveate.bundle.load import default_bundle
from foveate.video.geometry import turn_upright
from tests.conftest import REPOSITORY
from tests.server.live import assert_problem, running

FOLDER = REPOSITORY / "server" / "page"
SCRIPTS = sorted(FOLDER.glob("*.js"))
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="there is no node here, which runs the page's scripts")


@pytest.fixture(scope="module")
def default() -> Iterator[httpx.Client]:
    """Of a server of the embedded model."""
    with running(bundle=[default_bundle()]) as live, live.client() as client:
        yield client


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
    own = [reference for reference in references if reference.startswith("/page/")]
    assert set(references) - set(own) == {"data:,", "/docs", "/v1/models", "/metrics"}
    for reference in own:
        kind = client.get(reference).raise_for_status().headers["content-type"]
        assert kind.split(";")[0] in ("text/css", "text/javascript")


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
        assert_problem(client.get(f"/page/{name}"), 404, "not-found")


def test_each_sample_is_what_it_is_said_to_be(default: httpx.Client) -> None:
    samples = default.get("/page/samples.json").raise_for_status().json()
    assert [path.name for path in FOLDER.glob("*.mp4")]
    assert {clip["file"] for clip in samples["clips"]} == {path.name for path in FOLDER.glob("*.mp4")}
    for clip in samples["clips"]:
        video = default.get(f"/page/{clip['file']}")
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
    copy = tmp_path / "overlay.mjs"
    copy.write_bytes((FOLDER / "overlay.js").read_bytes())
    box, video = {"x": 2, "y": 1, "width": 3, "height": 2}, {"width": 10, "height": 6, "rotation": rotation}
    script = f"import {{ upright }} from {json.dumps(copy.as_uri())};"
    found = json.loads(
        run_script(f"{script} console.log(JSON.stringify(upright({json.dumps(box)}, {json.dumps(video)})))")
    )
    frame = np.zeros((6, 10, 3), np.uint8)
    frame[1:3, 2:5] = 1
    turned = turn_upright(frame, rotation)[..., 0]
    height, width = turned.shape
    rows, columns = np.nonzero(turned)
    assert found["x"] == pytest.approx(columns.min() / width)
    assert found["y"] == pytest.approx(rows.min() / height)
    assert found["x"] + found["width"] == pytest.approx((columns.max() + 1) / width)
    assert found["y"] + found["height"] == pytest.approx((rows.max() + 1) / height)


@needs_node
def test_the_patches_of_a_moment_are_those_of_the_last_frame_that_was_looked_at(tmp_path: Path) -> None:
    copy = tmp_path / "overlay.mjs"
    copy.write_bytes((FOLDER / "overlay.js").read_bytes())
    patches = [{"step": step, "time_s": time} for step, time in enumerate([0.875, 0.125, 0.125, 1.5])]
    script = f"import {{ patchesAt }} from {json.dumps(copy.as_uri())}; const all = {json.dumps(patches)};"
    asked = "[0, 0.125, 0.5, 1, 9].map((time) => patchesAt(all, time).map((patch) => patch.step))"
    found = json.loads(run_script(f"{script} console.log(JSON.stringify({asked}))"))
    assert found == [[], [1, 2], [1, 2], [0], [3]]
