from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from foveate.bundle.manifest import Sampling
from foveate.bundle.vocabulary import Resize, SamplingRule
from foveate.errors import ConfigError, InputError, UndecodableVideoError, VideoLimitError
from foveate.evaluation.folder import FrameFolder, check_name, read_folder
from foveate.video.container import DecodeLimits
from foveate.video.decode import nothing
from foveate.video.records import Decoded
from foveate.video.writer import Page
from tests.evaluation.made import frames_folder, read_back
from tests.video.made import CROP, SMALL, blank_pages, middles


def read(
    folder: Path, way: FrameFolder, sampling: Sampling, limits: DecodeLimits | None = None
) -> tuple[Decoded, list[Page]]:
    pages = blank_pages(sampling.pool)
    decoded = read_folder(str(folder), way, sampling, SMALL, limits or DecodeLimits(), pages, nothing)
    return decoded, pages


def cropped(frame: Page) -> Page:
    """What a page must hold, by Pillow alone."""
    image = Image.fromarray(frame)
    width, height = image.size
    image = image.resize((int(40 * width / height), 40), Image.Resampling.BILINEAR)
    left, top = round((image.width - CROP) / 2), round((40 - CROP) / 2)
    return np.asarray(image.crop((left, top, left + CROP, top + CROP)))


def test_sampled_frames_are_resized_and_cropped(tmp_path: Path) -> None:
    folder = frames_folder(tmp_path / "v", 1, 21)
    decoded, pages = read(folder, FrameFolder(21), middles(5))
    assert decoded.indices == (2, 6, 10, 14, 18)
    frames = read_back(folder, 21)
    for entry, index in enumerate(decoded.indices):
        np.testing.assert_array_equal(pages[decoded.pages[0][entry]], cropped(frames[index]))
    assert (decoded.facts.frames, decoded.facts.truncated) == (21, False)


def test_short_videos_follow_the_rule_of_the_bundle(tmp_path: Path) -> None:
    folder = frames_folder(tmp_path / "v", 1, 3)
    for rule, wanted in (
        (SamplingRule.CENTRES_REPEAT_LAST, (0, 1, 2, 2, 2)),
        (SamplingRule.CENTRES_REPEAT_FIRST, (0, 0, 0, 0, 0)),
        (SamplingRule.SEGMENT_MIDDLES, (0, 0, 1, 2, 2)),
        (SamplingRule.SEEDED_SEGMENTS, (0, 1, 2, 0, 1)),
    ):
        decoded, _ = read(folder, FrameFolder(3), Sampling(rule=rule, counts=(5,)))
        assert decoded.indices == wanted
        assert len(decoded.used) == len(set(wanted))


@pytest.mark.parametrize("name", ["image_{:05d}.jpg", "img_{:05d}.jpg", "{:05d}.jpg", "{:06d}.jpg"])
def test_published_names_are_recognised(tmp_path: Path, name: str) -> None:
    folder = frames_folder(tmp_path / "v", 1, 4, name)
    (folder / "notes.txt").touch()
    assert read(folder, FrameFolder(4), middles(2))[0].facts.frames == 4


def test_names_of_ones_own(tmp_path: Path) -> None:
    folder = frames_folder(tmp_path / "v", 1, 4, "frame-{}.png", first=0)
    decoded, pages = read(folder, FrameFolder(4, "frame-{}.png", 0), middles(4))
    second = np.asarray(Image.open(folder / "frame-1.png").convert("RGB"))
    np.testing.assert_array_equal(pages[decoded.pages[0][1]], cropped(second))
    with pytest.raises(InputError, match=r"no first frame under a published name \(image_00001\.jpg, "):
        read(folder, FrameFolder(4), middles(4))


def test_the_number_in_the_list_decides(tmp_path: Path) -> None:
    folder = frames_folder(tmp_path / "v", 1, 10)
    more, _ = read(folder, FrameFolder(8), middles(2))
    assert (more.indices, more.facts.frames, more.facts.truncated) == ((2, 6), 10, False)
    fewer, _ = read(folder, FrameFolder(12), middles(2))
    assert (fewer.indices, fewer.facts.frames, fewer.facts.truncated) == ((3, 9), 10, True)
    with pytest.raises(InputError, match=r"the frame .*/v/image_00016\.jpg is missing"):
        read(folder, FrameFolder(20), middles(2))


def test_what_is_no_image_is_named(tmp_path: Path) -> None:
    folder = frames_folder(tmp_path / "v", 1, 2)
    frame = folder / "image_00002.jpg"
    frame.write_bytes(frame.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"image_00002\.jpg cannot be read: image file is truncated"):
        read(folder, FrameFolder(2), middles(2))
    frame.write_bytes(b"GIF89a, no JPEG")
    with pytest.raises(InputError, match=r"image_00002\.jpg cannot be read"):
        read(folder, FrameFolder(2), middles(2))


def test_frames_are_held_to_the_limits(tmp_path: Path) -> None:
    folder = frames_folder(tmp_path / "v", 1, 2)
    with pytest.raises(VideoLimitError, match="pixels"):
        read(folder, FrameFolder(2), middles(2), DecodeLimits(max_pixels=96 * 72 - 1))
    none = SMALL.model_copy(update={"resize": Resize.NONE})
    with pytest.raises(UndecodableVideoError, match="frames must be 32 x 32"):
        read_folder(str(folder), FrameFolder(2), middles(2), none, DecodeLimits(), blank_pages(2), nothing)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        read(tmp_path / "nowhere", FrameFolder(2), middles(2))
    with pytest.raises(InputError, match="nowhere cannot be read: No such file"):
        read(tmp_path / "nowhere", FrameFolder(2, "{:05d}.jpg"), middles(2))


@pytest.mark.parametrize(
    "name", ["frame.jpg", "{}{}.jpg", "{name}.jpg", "../{:05d}.jpg", "{:5.1f}.jpg", "{:05d"]
)
def test_names_that_name_no_frame(name: str) -> None:
    with pytest.raises(ConfigError, match="does not name a frame by its number"):
        check_name(name)
