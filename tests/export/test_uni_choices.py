from pathlib import Path

import pytest

from export.request import ExportRequest
from export.uni_choices import uni_options, uni_patch
from foveate.errors import ConfigError


def ask(**choices: int) -> ExportRequest:
    return ExportRequest(Path(), (), Path(), **choices)  # type: ignore[arg-type]


def test_the_patch_must_be_named() -> None:
    assert uni_patch(ask(patch=128, frames=48), (96, 128)) == 128
    with pytest.raises(ConfigError, match="name the patch side with --patch; published: 96, 128"):
        uni_patch(ask(), (96, 128))


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"frames": 0}, "0 candidate frames are out of range: 1 to 256"),
        ({"focus_frames": 300}, "300 focus frames are out of range: 1 to 256"),
    ],
)
def test_frames_are_within_reason(choices: dict[str, int], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        uni_patch(ask(patch=128, **choices), (128,))


def test_the_smallest_rectangle_is_published_for_224_pixels() -> None:
    assert uni_options(128, 48, 16, 224).smallest == 96
    assert uni_options(32, 12, 4, 64).smallest == 27
