"""How much may be in flight: requests, and bytes of their uploads."""

from collections.abc import Callable

from foveate.errors import OverloadedError


class Admission:
    """Counts what is in flight and refuses more than fits.

    Args:
        max_requests: requests at once.
        max_bytes: bytes of uploads at once.
        retry_after_s: tells how long until there should be room.
    """

    def __init__(self, max_requests: int, max_bytes: int, retry_after_s: Callable[[], float]) -> None:
        self._max_requests = max_requests
        self._max_bytes = max_bytes
        self._retry_after_s = retry_after_s
        self.requests = 0
        self.bytes = 0

    @property
    def pressure(self) -> float:
        """Share of the requests that fit which are in flight, 0 to 1."""
        return self.requests / self._max_requests

    def enter(self) -> "Ticket":
        """Let a request in.

        Raises:
            OverloadedError: there are too many.
        """
        if self.requests >= self._max_requests:
            raise self._busy(f"{self.requests} requests are in flight already.")
        self.requests += 1
        return Ticket(self)

    def add_bytes(self, count: int) -> None:
        """Count bytes of an upload.

        Raises:
            OverloadedError: there would be too many.
        """
        if self.bytes + count > self._max_bytes:
            raise self._busy("Too many bytes of uploads are in flight already.")
        self.bytes += count

    def leave(self, count: int) -> None:
        """A request that held so many bytes has ended."""
        self.requests -= 1
        self.bytes -= count

    def _busy(self, message: str) -> OverloadedError:
        return OverloadedError(message, self._retry_after_s())


class Ticket:
    """A request's place; to be released once, whatever happens."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._reserved = 0
        self._held = True

    def reserve(self, count: int) -> None:
        """Make sure that the request's first ``count`` bytes have room.

        Raises:
            OverloadedError: they have none.
        """
        if count > self._reserved:
            self._admission.add_bytes(count - self._reserved)
            self._reserved = count

    def release(self) -> None:
        """Give the place back; again does nothing."""
        if self._held:
            self._held = False
            self._admission.leave(self._reserved)
