"""Which systems can be exported, and by what."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from export.adafocus import SYSTEM as ADAFOCUS
from export.adafocus import export_adafocus
from export.adafocus_tsm import SYSTEM as ADAFOCUS_TSM
from export.adafocus_tsm import export_adafocus_tsm
from export.adafocus_v2 import SYSTEM as ADAFOCUS_V2
from export.adafocus_v2 import export_adafocus_v2
from export.adafocus_v2_tsm import SYSTEM as ADAFOCUS_V2_TSM
from export.adafocus_v2_tsm import export_adafocus_v2_tsm
from export.request import ExportRequest, Progress
from foveate.errors import CheckpointError, ConfigError
from models.published import OtherSystemError

Exporter = Callable[[ExportRequest, Progress], Path]


@dataclass(frozen=True, slots=True)
class System:
    """A system that can be exported.

    Attributes:
        title: how its authors write it, and how checkpoints of it are recognised.
        export: does it.
    """

    title: str
    export: Exporter


def systems() -> dict[str, System]:
    """Every system by its name."""
    return {
        ADAFOCUS: System("AdaFocus", export_adafocus),
        ADAFOCUS_TSM: System("AdaFocus-TSM", export_adafocus_tsm),
        ADAFOCUS_V2: System("AdaFocusV2", export_adafocus_v2),
        ADAFOCUS_V2_TSM: System("AdaFocusV2-TSM", export_adafocus_v2_tsm),
    }


def exporter(name: str) -> Exporter:
    """The exporter of a system; it names the likely one where a checkpoint is of another.

    Raises:
        ConfigError: there is none of this name.
    """
    known = systems()
    if name not in known:
        raise ConfigError(f"no system is called {name}; there are: {', '.join(sorted(known))}")

    def export(request: ExportRequest, progress: Progress) -> Path:
        try:
            return known[name].export(request, progress)
        except OtherSystemError as error:
            likely = [other for other, system in known.items() if system.title == error.likely]
            hint = f": use --system {likely[0]}" if likely else ""
            raise CheckpointError(f"{error}{hint}") from error

    return export
