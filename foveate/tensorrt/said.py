"""What a library says of its errors."""

import logging
from collections import deque
from typing import Any, Protocol

log = logging.getLogger(__name__)

_KEPT = 8
_TOLD = 3


class Said(Protocol):
    """What was said last."""

    def clear(self) -> None:
        """Forget it, before something is done whose errors will be asked for."""
        ...

    def told(self) -> str:
        """The errors since then in one line, the newest first."""
        ...


class Errors:
    """The last errors of a library; see ``Said``."""

    def __init__(self) -> None:
        self._kept: deque[str] = deque(maxlen=_KEPT)

    def clear(self) -> None:
        """See ``Said.clear``."""
        self._kept.clear()

    def told(self) -> str:
        """See ``Said.told``."""
        return "; ".join(list(self._kept)[:_TOLD]) or "it does not say why"

    def add(self, message: str) -> None:
        """Keep the first line of an error."""
        self._kept.appendleft((message.splitlines() or ["an error without a message"])[0])


def collector(library: Any) -> Any:
    """A logger for the library: logs its errors and warnings, and keeps the errors for our own message."""
    # Of thousands of messages nearly all are of a lower severity, which is a larger number.
    warning, error = int(library.ILogger.WARNING), int(library.ILogger.ERROR)

    class Collector(library.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            library.ILogger.__init__(self)
            self.errors = Errors()

        def log(self, severity: Any, message: str) -> None:
            level = int(severity)
            if level > warning:
                return
            if level <= error:
                self.errors.add(message)
                log.error("%s", message)
            else:
                log.debug("%s", message)

        def clear(self) -> None:
            self.errors.clear()

        def told(self) -> str:
            return self.errors.told()

    return Collector()
