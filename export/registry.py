"""Which systems can be exported, and by what."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from export.adafocus import SYSTEM as ADAFOCUS
from export.adafocus import export_adafocus
from export.adafocus_plus import SYSTEM as ADAFOCUS_PLUS
from export.adafocus_plus import export_adafocus_plus
from export.adafocus_tsm import SYSTEM as ADAFOCUS_TSM
from export.adafocus_tsm import export_adafocus_tsm
from export.adafocus_v2 import SYSTEM as ADAFOCUS_V2
from export.adafocus_v2 import export_adafocus_v2
from export.adafocus_v2_tsm import SYSTEM as ADAFOCUS_V2_TSM
from export.adafocus_v2_tsm import export_adafocus_v2_tsm
from export.choices import not_taken
from export.ocsampler import SYSTEM as OCSAMPLER
from export.ocsampler import export_ocsampler
from export.request import ExportRequest, Progress
from export.tsm import SYSTEM as TSM
from export.tsm import TITLE as TSM_TITLE
from export.tsm import export_tsm
from export.tsm_plus import SYSTEM as TSM_PLUS
from export.tsm_plus import TITLE as TSM_PLUS_TITLE
from export.tsm_plus import export_tsm_plus
from export.tsn import SYSTEM as TSN
from export.tsn import TITLE as TSN_TITLE
from export.tsn import export_tsn
from export.uni_adafocus import SYSTEM as UNI_ADAFOCUS
from export.uni_adafocus import export_uni_adafocus
from export.uni_adafocus_tsm import SYSTEM as UNI_ADAFOCUS_TSM
from export.uni_adafocus_tsm import export_uni_adafocus_tsm
from export.uni_adafocus_x3d import SYSTEM as UNI_ADAFOCUS_X3D
from export.uni_adafocus_x3d import export_uni_adafocus_x3d
from export.x3d import SYSTEM as X3D
from export.x3d import TITLE as X3D_TITLE
from export.x3d import export_x3d
from foveate.errors import CheckpointError, ConfigError
from models.published import OtherSystemError

_KEEP = ("keep_checkpoint", "keep_threshold", "keep_share", "keep_probabilities")
_RARE = ("crop", "glance_side", "shift_divisor", "glance_checkpoint", "views", "places", *_KEEP)
"""Choices that most systems have not."""

Exporter = Callable[[ExportRequest, Progress], Path]


@dataclass(frozen=True, slots=True)
class System:
    """A system that can be exported.

    Attributes:
        title: how its authors write it, and how checkpoints of it are recognised.
        export: does it.
        takes: the choices that it has and most have not, as fields of ``ExportRequest``.
    """

    title: str
    export: Exporter
    takes: tuple[str, ...] = ()


def systems() -> dict[str, System]:
    """Every system by its name."""
    return {
        ADAFOCUS: System("AdaFocus", export_adafocus, ("crop", "places")),
        ADAFOCUS_PLUS: System("AdaFocus+", export_adafocus_plus, ("crop", *_KEEP)),
        ADAFOCUS_TSM: System("AdaFocus-TSM", export_adafocus_tsm),
        ADAFOCUS_V2: System("AdaFocusV2", export_adafocus_v2, ("crop",)),
        ADAFOCUS_V2_TSM: System("AdaFocusV2-TSM", export_adafocus_v2_tsm),
        UNI_ADAFOCUS: System("Uni-AdaFocus", export_uni_adafocus),
        UNI_ADAFOCUS_TSM: System("Uni-AdaFocus-TSM", export_uni_adafocus_tsm),
        UNI_ADAFOCUS_X3D: System("Uni-AdaFocus-X3D", export_uni_adafocus_x3d, ("views",)),
        OCSAMPLER: System("OCSampler", export_ocsampler, ("crop", "glance_side", "shift_divisor")),
        TSM: System(TSM_TITLE, export_tsm),
        TSM_PLUS: System(TSM_PLUS_TITLE, export_tsm_plus, ("glance_checkpoint",)),
        TSN: System(TSN_TITLE, export_tsn),
        X3D: System(X3D_TITLE, export_x3d),
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
        for choice in (choice for choice in _RARE if choice not in known[name].takes):
            not_taken(getattr(request, choice), f"--{choice.replace('_', '-')}", name)
        try:
            return known[name].export(request, progress)
        except OtherSystemError as error:
            likely = [other for other, system in known.items() if system.title == error.likely]
            hint = f": use --system {likely[0]}" if likely else ""
            raise CheckpointError(f"{error}{hint}") from error

    return export
