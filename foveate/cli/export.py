"""``foveate export``: from a checkpoint to a bundle. Needs the extra ``export``; serving does not."""

import argparse
from importlib import import_module
from pathlib import Path

from foveate.cli import engines
from foveate.errors import ConfigError

NAME = "export"
HELP = "turn a checkpoint into a bundle"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("checkpoint", help="checkpoint file, as the system's authors publish it")
    add("--system", required=True, help="which system the checkpoint is of")
    add("--labels", required=True, metavar="FILE", help="names of the classes, one a line, in their order")
    add("--out", required=True, metavar="DIR", help="folder of the bundle")
    add("--patch", type=int, metavar="P", help="side of a patch in pixels; no checkpoint tells it")
    add("--crop", type=int, metavar="C", help="side of a frame, if it is a choice (default: published)")
    add("--glance-side", type=int, metavar="S", help="side of a frame in a glance, if it is a choice")
    add("--frames", type=int, metavar="T", help="frames of a video (default: the published number)")
    add("--glance-frames", type=int, metavar="G", help="frames of a glance (default: what the weights tell)")
    add("--focus-frames", type=int, metavar="K", help="patches of a video (default: the published number)")
    add("--shift-divisor", type=int, metavar="D", help="of the temporal shift, where the weights do not tell")
    add("--glance-checkpoint", metavar="FILE", help="file of the glance network, where it has one of its own")
    add("--views", type=int, choices=(1, 3), help="crops of a frame, answers averaged (default: 1)")
    add("--places", metavar="KIND", help="fixed places and no policy: centre, gaussian, grid or random")
    add("--keep-checkpoint", metavar="FILE", help="file of the policy that drops frames, if it has its own")
    add("--keep-threshold", type=float, metavar="X", help="drop frames of a lower keep probability than this")
    add("--keep-share", type=float, metavar="S", help="or the share to keep of --keep-probabilities, as 0.7")
    add("--keep-probabilities", metavar="FILE", help="keep probabilities of training frames, .npy or .npz")
    add(
        "--precision",
        choices=("fp32", "fp16", "bf16", "int8"),
        default="fp32",
        help="of the weights (default: fp32); no CPU runs bf16",
    )
    add("--calibration", metavar="DIR", help="pictures that int8 is calibrated on (default: made-up frames)")
    add("--name", help="name of the bundle (default: made of the system and the patch side)")
    add("--version", default="1", help="version of the bundle (default: 1)")
    add("--description", help="a line about the bundle")
    add("--notice", help="said with every answer")
    add("--force", action="store_true", help="replace a bundle that is there")
    add("--tensorrt", action="store_true", help="build TensorRT engines of the bundle too, for this machine")
    engines.add_build_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Export.

    Raises:
        ConfigError: what exporting needs is not installed.
        FoveateError: whatever else the caller can mend.
    """
    # By name and only now: whoever serves has no torch, and nothing here may need it.
    try:
        command = import_module("export.command")
    except ImportError as error:
        raise ConfigError(f"exporting needs the extras 'export' and 'cpu': {error}") from error
    if args.tensorrt:
        engines.store_of(args)
    code: int = command.run(args)
    return engines.build(args, Path(args.out)) if args.tensorrt and code == 0 else code
