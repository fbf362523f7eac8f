"""When a connection is read."""

from uvicorn.protocols.http.flow_control import FlowControl


class Flow(FlowControl):
    """uvicorn's, which may be held: whatever it is told meanwhile happens once it is let go."""

    _held = False
    _reads = True

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
