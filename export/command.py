"""What ``foveate export`` does once its arguments are read."""

import argparse
import sys
import time
from pathlib import Path

from export.registry import exporter
from export.request import ExportRequest
from foveate.bundle.load import read_labels
from foveate.errors import CheckpointError


def run(args: argparse.Namespace) -> int:
    """Export a checkpoint, telling on stderr what is being done.

    Raises:
        FoveateError: for what the caller can mend.
    """
    start = time.monotonic()

    def progress(text: str) -> None:
        print(f"[{time.monotonic() - start:6.1f} s] {text}", file=sys.stderr, flush=True)

    export = exporter(args.system)
    if not Path(args.checkpoint).is_file():
        raise CheckpointError(f"{args.checkpoint} is not a file")
    print(export(_request(args), progress))
    return 0


def _request(args: argparse.Namespace) -> ExportRequest:
    return ExportRequest(
        checkpoint=Path(args.checkpoint),
        labels=read_labels(Path(args.labels)),
        out=Path(args.out),
        patch=args.patch,
        crop=args.crop,
        glance_side=args.glance_side,
        frames=args.frames,
        glance_frames=args.glance_frames,
        focus_frames=args.focus_frames,
        precision=args.precision,
        name=args.name,
        version=args.version,
        description=args.description,
        notice=args.notice,
        force=args.force,
        views=args.views,
        calibration=Path(args.calibration) if args.calibration else None,
        places=args.places,
        shift_divisor=args.shift_divisor,
        glance_checkpoint=_path(args.glance_checkpoint),
        keep_checkpoint=_path(args.keep_checkpoint),
        keep_threshold=args.keep_threshold,
        keep_share=args.keep_share,
        keep_probabilities=_path(args.keep_probabilities),
    )


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
