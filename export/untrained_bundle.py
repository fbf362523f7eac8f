"""A bundle of untrained weights that comes with the package for tests and trials: small, the same anywhere.

Made again, with the same weights, by ``python -m export.untrained_bundle``.
"""

import argparse
import sys
from pathlib import Path

import torch
from torch import Tensor

from export.adafocus import FRAMES, export_checkpoint
from export.request import ExportRequest, Progress
from export.transform import MEAN, STD
from foveate.bundle.load import untrained_bundle
from foveate.parity.frames import normalised, smooth_frames
from models.adafocus import AdaFocus, AdaFocusSizes
from models.adafocus_checkpoint import AdaFocusCheckpoint
from models.mobilenet_v2 import MobileNetV2Channels
from models.policy import PolicySizes
from models.seeded import seeded_state, shapes_of

NOTICE = "These weights are untrained: the labels mean nothing."
PATCH = 96


def default_sizes() -> AdaFocusSizes:
    """A quarter of the published widths, and as many frames, places and pixels."""
    return AdaFocusSizes(
        glance=MobileNetV2Channels.scaled(0.5),
        policy=PolicySizes(encoded=128, hidden=128),
        focus_base=16,
        classifier_hidden=128,
        classes=10,
    )


def seeded_checkpoint(sizes: AdaFocusSizes, salt: str) -> AdaFocusCheckpoint:
    """Untrained weights in the place of a checkpoint.

    Args:
        sizes: of the networks.
        salt: another salt gives other weights.
    """
    shapes = shapes_of(AdaFocus(sizes, sizes.glance_side).state_dict())
    states: dict[str, dict[str, Tensor]] = {}
    for name, value in seeded_state(shapes, salt).items():
        part, _, rest = name.partition(".")
        states.setdefault(part, {})[rest] = value
    return AdaFocusCheckpoint(sizes, states, (), None)


def default_checkpoint() -> AdaFocusCheckpoint:
    """The weights of the bundle: seeded, and then its two heads balanced.

    Without that, untrained heads prefer the same few places and one class whatever they see: their biases
    are moved and their weights scaled so that over made-up frames every score has mean 0 and, taken
    together, a standard deviation of 1.
    """
    checkpoint = seeded_checkpoint(default_sizes(), "default")
    for part, head, scores in (("policy", "actor.0", "policy_logits"), ("classifier", "fc", "answers")):
        model = checkpoint.build(PATCH)
        pixels = normalised(smooth_frames(6, FRAMES, model.crop, seed=1), MEAN, STD)
        with torch.no_grad():
            values: Tensor = getattr(model(torch.from_numpy(pixels)), scores).flatten(0, 1)
        mean = values.mean(0)
        scale = 1 / (values - mean).std()
        state = checkpoint.states[part]
        state[f"{head}.weight"] = state[f"{head}.weight"] * scale
        state[f"{head}.bias"] = (state[f"{head}.bias"] - mean) * scale
    return checkpoint


def build(out: Path, progress: Progress, force: bool = False) -> Path:
    """Export the bundle to a folder."""
    sizes = default_sizes()
    request = ExportRequest(
        checkpoint=Path(),
        labels=tuple(f"class {number}" for number in range(sizes.classes)),
        out=out,
        patch=PATCH,
        precision="fp16",
        name="untrained",
        description="Narrow networks with made-up weights, for trying the server out",
        notice=NOTICE,
        force=force,
    )
    return export_checkpoint(default_checkpoint(), request, progress)


def main() -> int:
    """Make the bundle again in its place in the package."""
    argparse.ArgumentParser(prog="python -m export.untrained_bundle", description=__doc__).parse_args()
    build(untrained_bundle(), lambda text: print(text, file=sys.stderr), force=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
