"""What an export is asked to do."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from export.precision import BundlePrecision
from foveate.bundle.manifest import Name
from foveate.errors import ConfigError

Progress = Callable[[str], None]
"""Told what is being done, one line at a time."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """A checkpoint and the choices that it cannot tell.

    Attributes:
        checkpoint: its file.
        labels: name of each class.
        out: folder of the bundle.
        patch: side of a patch in pixels; None where it was not said.
        frames: frames of a video; None for the published number or the one the weights tell.
        glance_frames: the same where glance and focus see frames of their own.
        focus_frames: patches of a video, where the weights do not tell; None for the published number.
        precision: of the weights.
        name: name of the bundle; None for one made of the system and its sizes.
        version: its version.
        description: a line about it; None for one made of the system and its sizes.
        notice: said with every answer.
        force: replace a bundle that is there.
        shift_divisor: of the temporal shift, where the weights do not tell it.
        glance_checkpoint: file of the glance network, where it is published in one of its own.
        views: crops of each frame, whose answers are averaged; None for one.
        calibration: folder of pictures that int8 is calibrated on; None for made-up ones.
        crop: side of a frame in pixels, where the glance network sees it made smaller (AdaFocus,
            AdaFocus+, AdaFocusV2, OCSampler); None for the published one.
        glance_side: side of what the glance network sees in pixels, where the weights do not tell
            (OCSampler); None for the published one.
        places: fixed ones in the place of a policy; None for the policy.
        keep_checkpoint: file of the policy that drops frames, where it is in one of its own.
        keep_threshold: frames of a lower keep probability are dropped; None where it is to be solved.
        keep_share: share of the frames to keep, which the threshold is solved for.
        keep_probabilities: file of the keep probabilities (.npy) that it is solved on.
    """

    checkpoint: Path
    labels: tuple[str, ...]
    out: Path
    patch: int | None = None
    frames: int | None = None
    glance_frames: int | None = None
    focus_frames: int | None = None
    precision: BundlePrecision = "fp32"
    name: str | None = None
    version: str = "1"
    description: str | None = None
    notice: str | None = None
    force: bool = False
    shift_divisor: int | None = None
    glance_checkpoint: Path | None = None
    views: int | None = None
    places: str | None = None
    keep_checkpoint: Path | None = None
    keep_threshold: float | None = None
    keep_share: float | None = None
    keep_probabilities: Path | None = None
    calibration: Path | None = None
    crop: int | None = None
    glance_side: int | None = None


def check_names(request: ExportRequest) -> None:
    """Refuse a name or version that no manifest may have, before any work is done.

    Raises:
        ConfigError: naming the rule.
    """
    for what, text in (("name", request.name), ("version", request.version)):
        try:
            TypeAdapter(Name | None).validate_python(text)
        except ValidationError as error:
            raise ConfigError(
                f"'{text}' cannot be a bundle's {what}: up to 64 small letters, digits, '.', '_' and '-', "
                "a letter or digit first"
            ) from error
