"""Reading the checkpoint of a request, after everything that can be refused before."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from export.request import ExportRequest, Progress, check_names
from foveate.bundle.writer import check_target


class Checkpoint(Protocol):
    """What every published checkpoint has once it is read."""

    @property
    def dropped(self) -> tuple[str, ...]:
        """Entries left out knowingly, by their names in the file."""
        ...


Read = TypeVar("Read", bound=Checkpoint)


def check_request(request: ExportRequest, progress: Progress) -> None:
    """Refuse what no checkpoint could mend, and say which file is read next.

    Raises:
        ConfigError: a name that no bundle may have.
        ExportError: there is something where the bundle is to be written.
    """
    check_names(request)
    check_target(request.out, request.force)
    progress(f"reading {request.checkpoint}")


def read_for(request: ExportRequest, progress: Progress, read: Callable[[Path], Read]) -> Read:
    """Read the checkpoint of a request; see ``check_request``.

    Raises:
        CheckpointError: it cannot be read.
        ConfigError: a name that no bundle may have.
        ExportError: there is something where the bundle is to be written.
    """
    check_request(request, progress)
    checkpoint = read(request.checkpoint)
    progress(f"left out {len(checkpoint.dropped)} entries that only training uses")
    return checkpoint
