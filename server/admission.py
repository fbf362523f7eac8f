"""How much may be in flight: requests that are worked on, uploads under way, and bytes of them."""

import asyncio
from collections.abc import Callable
from time import monotonic

from foveate.errors import ConfigError, OverloadedError
from server import multipart
from server.room import Room, Share
from server.settings import Settings


class Admission:
    """Counts what is in flight and refuses more than fits.

    A request has a place among those that are worked on once its body is complete, and not before: whoever
    sends slowly, or nothing, keeps nobody from the lanes. Uploads are bounded by themselves.

    Args:
        max_requests: requests that are worked on at once.
        max_uploads: requests without such a place at once.
        max_bytes: bytes of uploads at once.
        patience_s: longest wait of an upload that is under way for room, or of a complete one for a place.
        retry_after_s: tells how long until what is complete should be answered.

    Attributes:
        requests: in flight.
        working: those of them that have a place.
    """

    def __init__(
        self,
        max_requests: int,
        max_uploads: int,
        max_bytes: int,
        patience_s: float,
        retry_after_s: Callable[[], float],
    ) -> None:
        self._max_requests = max_requests
        self._max_uploads = max_uploads
        self._retry_after_s = retry_after_s
        self._uploads: dict[Ticket, float] = {}
        self.patience_s = patience_s
        self.places = asyncio.Semaphore(max_requests)
        self.room = Room(max_bytes, patience_s, self._crowded)
        self.requests = 0
        self.working = 0

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
            settings.max_in_flight,
            settings.max_uploads,
            settings.max_bytes_in_flight,
            settings.body_timeout_s,
            retry_after_s,
        )

    @property
    def pressure(self) -> float:
        """Share of the places that are taken, 0 to 1."""
        return self.working / self._max_requests

    @property
    def bytes(self) -> int:
        """Bytes of uploads that are held, or may come at once."""
        return self.room.taken

    @property
    def uploading(self) -> int:
        """Requests whose bodies are still to come, or some of them."""
        return len(self._uploads)

    @property
    def waiting(self) -> int:
        """Requests that are complete and have no place yet."""
        return self.requests - self.working - self.uploading

    def enter(self, expected: int) -> "Ticket":
        """Let a request in.

        Args:
            expected: most bytes that its body may have.

        Raises:
            OverloadedError: there is no place, or there are too many uploads, or too many bytes.
        """
        if self.places.locked():
            raise self.busy()
        if self.requests - self.working >= self._max_uploads:
            raise self._crowded(f"{self.requests - self.working} uploads are under way already.")
        ticket = Ticket(self, self.room.share(expected))
        self._uploads[ticket] = monotonic()
        self.requests += 1
        return ticket

    def uploaded(self, ticket: "Ticket") -> float:
        """A request's body is complete, or will not be; the seconds it took, 0 if that was known."""
        begun = self._uploads.pop(ticket, None)
        return 0.0 if begun is None else monotonic() - begun

    def leave(self, placed: bool) -> None:
        """A request has ended, which had a place or had none."""
        self.requests -= 1
        if placed:
            self.working -= 1
            self.places.release()

    def busy(self) -> OverloadedError:
        """The refusal of a request for which there is no place."""
        return OverloadedError(f"{self.working} requests are in flight already.", self._retry_after_s())

    def _crowded(self, message: str) -> OverloadedError:
        """The refusal of an upload because of others, whose clients alone know when they will end.

        Half of them have taken longer than the one in the middle, and it may well take as long again.
        """
        begun = list(self._uploads.values())
        rest = monotonic() - begun[len(begun) // 2] if begun else 0.0
        return OverloadedError(message, max(rest, self._retry_after_s()))


class Ticket:
    """A request's way through admission; to be released once, whatever happens.

    Attributes:
        bytes: the room for its body, which may be closed before.
    """

    def __init__(self, admission: Admission, share: Share) -> None:
        self._admission = admission
        self._held = True
        self._placed = False
        self.bytes = share

    async def begin(self) -> None:
        """Take a place, as the body is complete.

        Where there is none, it is waited for, first come, first served, for as long as the body took to come:
        what took a minute is not lost for a moment's crowd, and what took none may as well be sent again.

        Raises:
            OverloadedError: none became free.
        """
        admission = self._admission
        took = admission.uploaded(self)
        try:
            async with asyncio.timeout(min(took, admission.patience_s)):
                await admission.places.acquire()
        except TimeoutError:
            raise admission.busy() from None
        self._placed = True
        admission.working += 1

    def release(self) -> None:
        """Give everything back; again does nothing."""
        if self._held:
            self._held = False
            self.bytes.close()
            self._admission.uploaded(self)
            self._admission.leave(self._placed)
