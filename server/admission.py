"""How much may be in flight: requests, and bytes of their uploads."""

from collections.abc import Callable

from foveate.errors import ConfigError, OverloadedError
from server import multipart
from server.room import Room, Share
from server.settings import Settings


class Admission:
    """Counts what is in flight and refuses more than fits.

    Args:
        max_requests: requests at once.
        max_bytes: bytes of uploads at once.
        patience_s: longest wait of an upload that is under way for room.
        retry_after_s: tells how long until there should be room.
    """

    def __init__(
        self, max_requests: int, max_bytes: int, patience_s: float, retry_after_s: Callable[[], float]
    ) -> None:
        self._max_requests = max_requests
        self._retry_after_s = retry_after_s
        self.room = Room(max_bytes, patience_s, self._busy)
        self.requests = 0

    @classmethod
    def of(cls, settings: Settings, retry_after_s: Callable[[], float]) -> "Admission":
        """As the settings say.

        Raises:
            ConfigError: an upload that is allowed would never have room.
        """
        largest = settings.max_upload_bytes + multipart.OVERHEAD
        if settings.max_bytes_in_flight < largest:
            raise ConfigError(
                f"--max-bytes-in-flight: {settings.max_bytes_in_flight} are too few; one upload has up to "
                f"{largest} (--max-upload-bytes {settings.max_upload_bytes}, {multipart.OVERHEAD} of a form)"
            )
        return cls(
            settings.max_in_flight, settings.max_bytes_in_flight, settings.body_timeout_s, retry_after_s
        )

    @property
    def pressure(self) -> float:
        """Share of the requests that fit which are in flight, 0 to 1."""
        return self.requests / self._max_requests

    @property
    def bytes(self) -> int:
        """Bytes of uploads that are held, or may come at once."""
        return self.room.taken

    def enter(self, expected: int) -> "Ticket":
        """Let a request in.

        Args:
            expected: most bytes that its body may have.

        Raises:
            OverloadedError: there are too many requests, or too many bytes.
        """
        if self.requests >= self._max_requests:
            raise self._busy(f"{self.requests} requests are in flight already.")
        share = self.room.share(expected)
        self.requests += 1
        return Ticket(self, share)

    def leave(self) -> None:
        """A request has ended."""
        self.requests -= 1

    def _busy(self, message: str) -> OverloadedError:
        return OverloadedError(message, self._retry_after_s())


class Ticket:
    """A request's place; to be released once, whatever happens.

    Attributes:
        bytes: the room for its body, which may be closed before.
    """

    def __init__(self, admission: Admission, share: Share) -> None:
        self._admission = admission
        self._held = True
        self.bytes = share

    def release(self) -> None:
        """Give the place back; again does nothing."""
        if self._held:
            self._held = False
            self.bytes.close()
            self._admission.leave()
