"""What is printed into a pipe whose reader has gone, as in ``foveate runtimes | head -1``."""

import os
import select

GONE = 141
"""Exit code of a command that its reader left: what a shell says of one that SIGPIPE ended."""

_OUTPUTS = (1, 2)


def reader_has_gone() -> bool:
    """Whether standard output or standard error leads to nobody any more."""
    poll = select.poll()
    for number in _OUTPUTS:
        poll.register(number, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def drop_output() -> None:
    """Have what is still to be written, as when the interpreter ends, go nowhere and fail nobody."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in _OUTPUTS:
        os.dup2(nowhere, number)
    os.close(nowhere)
