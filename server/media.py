"""The types that a video file may be sent as."""

FILE_TYPES = (
    "video/*",
    "image/gif",
    "application/mp4",
    "application/x-matroska",
    "application/octet-stream",
)


def is_file_type(kind: str) -> bool:
    """Whether a body of this type, in lower case and without parameters, is read as a video file."""
    return kind in FILE_TYPES or kind.startswith("video/")
