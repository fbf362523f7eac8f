"""Choices that a checkpoint cannot tell, asked for by the name of their flag."""

from collections.abc import Sequence

from foveate.errors import ConfigError

MOST_FRAMES = 256
"""Of a video that are exported."""
MOST_PIXELS = 1024
"""Along a frame whose side is a choice."""


def needed(value: int | None, what: str, flag: str, published: Sequence[int]) -> int:
    """A choice that must be made.

    Raises:
        ConfigError: it was not; the message lists the published ones.
    """
    if value is None:
        raise ConfigError(f"name the {what} with {flag}; published: {', '.join(map(str, published))}")
    return value


def told(value: int | None, what: str, flag: str, found: int) -> int:
    """A choice that the weights have made.

    Raises:
        ConfigError: the request says otherwise.
    """
    if value not in (None, found):
        raise ConfigError(f"{flag} {value} does not fit: the checkpoint is made for {found} {what}")
    return found


def within(value: int, what: str, most: int) -> int:
    """A number of something.

    Raises:
        ConfigError: there may not be so many or so few.
    """
    if not 1 <= value <= most:
        raise ConfigError(f"{value} {what} are out of range: 1 to {most}")
    return value


def frame_side(value: int | None, published: int) -> int:
    """Side of a frame in pixels: the one that is named, or the published one.

    Raises:
        ConfigError: it is out of range.
    """
    return published if value is None else within(value, "pixels along a frame", MOST_PIXELS)


def not_taken(value: object, flag: str, system: str) -> None:
    """Refuse a choice that a system does not have.

    Raises:
        ConfigError: it was made.
    """
    if value is not None:
        raise ConfigError(f"{system} has no choice of {flag}")
