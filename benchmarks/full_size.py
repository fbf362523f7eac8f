"""AdaFocus at its published size with untrained weights: costs and speed do not depend on the weights."""

import sys
from pathlib import Path

from export.adafocus import export_checkpoint
from export.request import ExportRequest
from export.untrained_bundle import NOTICE, seeded_checkpoint
from models.adafocus import AdaFocusSizes


def full_size_bundle(out: Path, patch: int = 128, classes: int = 200) -> Path:
    """Export a bundle of the published widths.

    Args:
        out: its folder.
        patch: side of a patch in pixels.
        classes: number of classes.
    """
    request = ExportRequest(
        checkpoint=Path(),
        labels=tuple(f"class {number}" for number in range(classes)),
        out=out,
        patch=patch,
        name=f"adafocus-p{patch}-untrained",
        notice=NOTICE,
    )
    checkpoint = seeded_checkpoint(AdaFocusSizes(classes=classes), "full size")
    return export_checkpoint(checkpoint, request, lambda text: print(text, file=sys.stderr))
