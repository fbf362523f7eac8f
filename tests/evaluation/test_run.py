import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from foveate.bundle.manifest import Graph, Manifest
from foveate.engine.engine import Engine
from foveate.engine.messages import Answer, Event, Options, Submit
from foveate.engine.scheduler import LaneRules
from foveate.errors import InputError, UnavailableError
from foveate.evaluation.listed import Listed
from foveate.evaluation.run import Answered, Layout, Skipped
from foveate.runtimes.base import Tensor
from tests.engine import systems
from tests.engine.fake import FakeRuntime, bundle
from tests.engine.parts import CROP
from tests.evaluation.made import frames_folder, read_back
from tests.evaluation.running import run


def crops(frame: NDArray[np.uint8], views: int) -> list[NDArray[np.uint8]]:
    """A frame of 96 x 72 at a short side of 36, cropped to 32: in the middle, or left, right and centre."""
    image = Image.fromarray(frame).resize((48, 36), Image.Resampling.BILINEAR)
    corners = [(8, 2)] if views == 1 else [(0, 2), (16, 2), (8, 2)]
    return [np.asarray(image.crop((x, y, x + CROP, y + CROP))) for x, y in corners]


def by_hand(manifest: Manifest, frames: NDArray[np.uint8], indices: list[int], options: Options) -> Answer:
    """The engine's answer for frames that were sampled and cropped here, one batch at a time."""
    views = len(manifest.preprocessing.views)
    pages = [crop for index in indices for crop in crops(frames[index], views)]
    numbers = tuple(tuple(range(view, len(pages), views)) for view in range(views))
    done, found = threading.Event(), list[Event]()

    def take(events: list[Event]) -> None:
        found.extend(events)
        if any(isinstance(event, Answer) for event in events):
            done.set()

    rules = LaneRules(lanes=1, max_frames=1, max_videos=1)
    engine = Engine(FakeRuntime([manifest]), rules, lambda page, shape: pages[page], lambda e: take(list(e)))
    engine.add_bundle("b", bundle(manifest))
    engine.start()
    engine.handle(Submit("v", "b", numbers, options))
    assert done.wait(20)
    assert engine.close()
    return next(event for event in found if isinstance(event, Answer))


def repeat_last(count: int, frames: int) -> list[int]:
    return [
        int(frames / count / 2 + frames / count * x) if frames > count else min(x, frames - 1)
        for x in range(count)
    ]


def middles(count: int, frames: int) -> list[int]:
    return [int((x + 0.5) / count * frames) for x in range(count)]


@pytest.mark.parametrize("system", ["recurrent", "v2_exits", "uni_x3d"])
def test_listed_folders_are_answered_as_their_frames_are(tmp_path: Path, system: str) -> None:
    manifest: Manifest = getattr(systems, system)()
    lengths = (40, 7)
    videos = [Listed(n + 1, f"v{n}", frames, (n,)) for n, frames in enumerate(lengths)]
    for number, frames in enumerate(lengths):
        frames_folder(tmp_path / f"v{number}", number, frames)
    options = Options(every_step=True)
    results = run(manifest, videos, tmp_path, options)
    assert [result.video for result in results] == videos
    sample = middles if system.startswith("uni") else repeat_last
    for result in results:
        assert isinstance(result, Answered)
        assert result.video.frames is not None
        assert result.frames == result.video.frames
        indices = [i for count in manifest.sampling.counts for i in sample(count, result.video.frames)]
        pictures = read_back(tmp_path / result.video.name, result.video.frames)
        wanted = by_hand(manifest, pictures, indices, options)
        assert result.answer.step_logits is not None
        assert wanted.step_logits is not None
        assert result.answer.step_logits.shape == (len(manifest.cost.nominal), manifest.classes)
        np.testing.assert_allclose(result.answer.step_logits, wanted.step_logits, atol=1e-5)
        assert result.answer.spent == wanted.spent


def test_many_videos_come_in_order_and_in_bounded_memory(tmp_path: Path) -> None:
    manifest = systems.recurrent(steps=4)
    for number in range(5):
        frames_folder(tmp_path / f"v{number}", number, 6)
    videos = [Listed(n + 1, f"v{n % 5}", 6, (n % 5,)) for n in range(45)]
    results = run(manifest, videos, tmp_path, lanes=2)
    assert [result.video.line for result in results] == list(range(1, 46))
    by_name: dict[str, NDArray[np.float32]] = {}
    for result in results:
        assert isinstance(result, Answered)
        first = by_name.setdefault(result.video.name, result.answer.logits)
        np.testing.assert_allclose(result.answer.logits, first, atol=1e-6)
    assert len({logits.tobytes() for logits in by_name.values()}) == 5


def spoiled(root: Path) -> list[Listed]:
    """A good video among others that cannot be read."""
    frames_folder(root / "good", 1, 8)
    (frames_folder(root / "holey", 1, 8) / "image_00005.jpg").unlink()
    (root / "empty").mkdir()
    (root / "clip.mp4").write_bytes(b"no video at all")
    return [
        Listed(1, "short", 2, (0,)),
        Listed(2, "holey", 8, (0,)),
        Listed(3, "good", 8, (1,)),
        Listed(4, "nowhere", 8, (0,)),
        Listed(5, "empty", 8, (0,)),
        Listed(6, "clip.mp4", None, (0,)),
        Listed(7, "none.mp4", None, (0,)),
        Listed(8, "good", 8, (1,)),
    ]


def test_videos_that_cannot_be_read_are_skipped_with_a_reason(tmp_path: Path) -> None:
    results = run(systems.recurrent(steps=8), spoiled(tmp_path), tmp_path, skip=True)
    assert [result.video.line for result in results if isinstance(result, Answered)] == [3, 8]
    reasons = {result.video.line: result.reason for result in results if isinstance(result, Skipped)}
    assert reasons[1] == "fewer than 3 frames"
    assert reasons[2] == f"the frame {tmp_path}/holey/image_00005.jpg is missing"
    assert reasons[4] == f"there is no folder {tmp_path}/nowhere"
    assert "no first frame under a published name" in reasons[5]
    assert reasons[6].startswith("The bytes are not a video in an allowed container")
    assert reasons[7] == f"there is no file {tmp_path}/none.mp4"


def test_or_the_first_of_them_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^line 2, holey: the frame .*image_00005\.jpg is missing$"):
        run(systems.recurrent(steps=8), spoiled(tmp_path), tmp_path)


def test_a_network_that_fails_on_every_video_skips_them_all(tmp_path: Path) -> None:
    frames_folder(tmp_path / "v", 1, 8)

    def fail(graph: Graph, inputs: Mapping[str, Tensor]) -> None:
        raise RuntimeError("broken")

    videos = [Listed(n, "v", 8, (0,)) for n in (1, 2)]
    results = run(systems.recurrent(steps=4), videos, tmp_path, skip=True, hook=fail)
    assert [result.reason for result in results if isinstance(result, Skipped)] == [
        "the glance network failed on this video"
    ] * 2


def test_a_lane_that_dies_ends_the_run_also_where_videos_are_skipped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    frames_folder(tmp_path / "v", 1, 8)

    def die(graph: Graph, inputs: Mapping[str, Tensor]) -> None:
        raise SystemExit

    with pytest.raises(UnavailableError):
        run(systems.recurrent(steps=4), [Listed(1, "v", 8, (0,))], tmp_path, skip=True, hook=die)
    assert "a lane died" in caplog.text


def test_paths_begin_at_the_root(tmp_path: Path) -> None:
    assert Layout(tmp_path).path(Listed(1, "a b/c", 8, (0,))) == tmp_path / "a b" / "c"
    assert Layout(Path("x")).path(Listed(1, "y", 8, (0,))).is_absolute()
