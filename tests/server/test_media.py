import pytest

from foveate.bench import inputs
from server.media import FILE_TYPES, is_file_type


@pytest.mark.parametrize("kind", [*FILE_TYPES, "video/mp4", *inputs._VIDEOS.values()])
def test_what_a_video_file_is_sent_as(kind: str) -> None:
    assert is_file_type(kind)


@pytest.mark.parametrize(
    "kind", ["", "image/png", "application/json", "application/mp4x", "multipart/form-data"]
)
def test_other_types(kind: str) -> None:
    assert not is_file_type(kind)
