"""When a connection is read, and how long its client may not read."""

import asyncio

from uvicorn.protocols.http.flow_control import FlowControl


class Flow(FlowControl):
    """uvicorn's, which may be held: whatever it is told meanwhile happens once it is let go.

    Args:
        transport: of the connection.
        loop: on which it lives.

    Attributes:
        unread_timeout_s: seconds in which a client must read something of an answer that is more than its
            socket takes; after them the connection is cut.
    """

    unread_timeout_s = 120.0
    _held = False
    _reads = True

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(transport)
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None

    def hold(self) -> None:
        """Read nothing until let go."""
        if not self._held:
            self._held, self._reads = True, not self.read_paused
            super().pause_reading()

    def let_go(self) -> None:
        """Read again, unless told otherwise."""
        if self._held:
            self._held = False
            if self._reads:
                super().resume_reading()

    def pause_reading(self) -> None:
        """Read nothing until told to."""
        self._reads = False
        super().pause_reading()

    def resume_reading(self) -> None:
        """Read, if not held."""
        self._reads = True
        if not self._held:
            super().resume_reading()

    def pause_writing(self) -> None:
        """More waits to be read than the client has taken."""
        super().pause_writing()
        self.await_reader()

    def resume_writing(self) -> None:
        """The client has read, or has gone."""
        self._forget()
        super().resume_writing()

    def await_reader(self) -> None:
        """Wait for the client to read, and not for ever, as the transport does when it is closed."""
        self._forget()
        left = self._transport.get_write_buffer_size()
        self._timer = self._loop.call_later(self.unread_timeout_s, self._look, left)

    def _look(self, before: int) -> None:
        if self._transport.get_write_buffer_size() < before:
            self.await_reader()
        else:
            self._transport.abort()

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
