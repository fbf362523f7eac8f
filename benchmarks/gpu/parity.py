"""A bundle on a GPU against its network in PyTorch: ``python -m benchmarks.gpu.parity BUNDLE``.

The network runs in float32 on the same GPU, with neither TF32 nor anything of ours; the bundle as it is
served: in its own precision, through the engine. What differs is said in numbers, and is held to what an
export allows: no patch in another place, but for one pixel in half precision; answers to a part of the
largest. The frames are smooth and made up, and the weights are those of ``benchmarks.gpu.bundles``.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.gpu.bundles import Made, makers
from benchmarks.gpu.table import parity
from benchmarks.report_file import check_report, write_report
from export.compare import PIXELS, RELATIVE, Wanted
from export.engine_run import run_in_engine
from export.parity import relative
from export.precision import Precision
from foveate.bundle.load import Bundle, load_bundle
from foveate.cli.arguments import at_least
from foveate.device.runtime import GpuRuntime
from foveate.engine.messages import Answer, Options, Submit
from foveate.engine.scheduler import LaneRules
from foveate.errors import ConfigError, ExecutionError, FoveateError
from foveate.parity.frames import normalised, smooth_frames
from foveate.runtimes.base import Runtime

_RULES = LaneRules(lanes=3, max_frames=64, max_videos=16)
"""Batches of several videos, that leave room for what else runs on the GPU meanwhile."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a bundle's answers are from its network's.

    Attributes:
        bundle: its name and version.
        precision: of the bundle.
        device: what ran both.
        reference: what ran the network.
        videos: compared.
        patches: compared.
        identical: patches at the very same place.
        farthest_px: how far another place is off, in pixels of the frame, at most.
        allowed_px: how far it may be.
        answers: answers compared: those of videos whose patches are all where they may be.
        largest: the largest logit of those, by its absolute value.
        error: how far a logit is off, at most.
        tolerance: how far it may be.
        same_class: videos with the same most probable class.
    """

    bundle: str
    precision: str
    device: str
    reference: str
    videos: int
    patches: int
    identical: int
    farthest_px: float
    allowed_px: float
    answers: int
    largest: float
    error: float
    tolerance: float
    same_class: int

    @property
    def met(self) -> bool:
        """Whether all is within what is allowed, and something was compared."""
        return self.farthest_px <= self.allowed_px and self.answers > 0 and self.error <= self.tolerance


def agreement(bundle: Bundle, made: Made, device: torch.device, runtime: Runtime, videos: int) -> Agreement:
    """Run both and compare.

    Args:
        bundle: of the network.
        made: the network and its draft; it is moved to the device.
        device: of the network.
        runtime: what runs the bundle.
        videos: how many.

    Raises:
        ExecutionError: a video failed.
        FoveateError: the bundle cannot be loaded.
    """
    manifest = bundle.manifest
    frames = smooth_frames(videos, manifest.sampling.pool, manifest.preprocessing.crop)
    pixels = normalised(frames, manifest.preprocessing.mean, manifest.preprocessing.std)
    wanted = network_gives(made, torch.from_numpy(pixels), device)
    answers = bundle_gives(bundle, frames, runtime)
    reference = f"PyTorch {torch.__version__} in float32"
    return compared(bundle, answers, wanted, (runtime.info.device, reference))


def network_of(bundle: Bundle) -> Made:
    """The network that a bundle came from, made again.

    Raises:
        ConfigError: it is none of ``benchmarks.gpu.bundles``.
    """
    name, known = bundle.manifest.name, makers()
    if name not in known:
        raise ConfigError(f"{bundle.folder} holds {name}, and a network can be made of {', '.join(known)}")
    return known[name]()


def network_gives(made: Made, pixels: torch.Tensor, device: torch.device) -> Wanted:
    """What the network's own forward pass gives, a video at a time, in host memory.

    Args:
        made: the network and its draft.
        pixels: normalised frames (videos, pool, 3, crop, crop).
        device: where it runs.
    """
    made.network.to(device, torch.float32)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    with torch.no_grad():
        each = [made.draft.forward(video[None].to(device)) for video in pixels]
    rectangles = [one.rectangles for one in each if one.rectangles is not None]
    return Wanted(
        answers=torch.cat([one.answers for one in each]).cpu(),
        rectangles=torch.cat(rectangles).cpu() if rectangles else None,
    )


def bundle_gives(bundle: Bundle, frames: NDArray[np.uint8], runtime: Runtime) -> list[Answer]:
    """What the engine answers, all videos in flight at once.

    Args:
        bundle: the bundle.
        frames: (videos, pool, crop, crop, 3).
        runtime: what runs it.

    Raises:
        ExecutionError: a video failed, or did not end.
        FoveateError: the bundle cannot be loaded.
    """
    pool = frames.shape[1]
    pages = [frame for video in frames for frame in video]
    entries = [tuple(range(number * pool, (number + 1) * pool)) for number in range(len(frames))]
    submits = [Submit(str(number), "x", (pages,), Options()) for number, pages in enumerate(entries)]
    ended = run_in_engine({"x": bundle}, pages, submits, _RULES, runtime)
    for failure in ended.failures.values():
        raise ExecutionError(f"a video failed: {failure.error}")
    if len(ended.answers) < len(submits):
        raise ExecutionError("the engine did not end in time")
    return [ended.answers[str(number)] for number in range(len(frames))]


def compared(bundle: Bundle, found: Sequence[Answer], wanted: Wanted, where: tuple[str, str]) -> Agreement:
    """Compare answers with the network's.

    Args:
        bundle: the bundle.
        found: of each video.
        wanted: of the network, on the same videos.
        where: what ran the bundle, and what ran the network.
    """
    manifest = bundle.manifest
    precision: Precision = "fp32" if manifest.precision == "int8" else manifest.precision
    rectangles = np.array([[look.rectangle for look in answer.looks] for answer in found], np.float32)
    away = np.zeros(rectangles.shape[:2], np.float32)
    if wanted.rectangles is not None:
        away = np.abs(rectangles - wanted.rectangles.numpy()).max(-1)
    allowed = PIXELS[precision]
    kept = (away <= allowed).all(1)
    last = wanted.answers[:, -1].numpy()
    logits = np.stack([answer.logits for answer in found])
    return Agreement(
        bundle=f"{manifest.name} {manifest.version}",
        precision=manifest.precision,
        device=where[0],
        reference=where[1],
        videos=len(found),
        patches=away.size,
        identical=int((away == 0).sum()),
        farthest_px=float(away.max(initial=0)),
        allowed_px=allowed,
        answers=int(kept.sum()),
        largest=float(np.abs(last[kept]).max(initial=0)),
        error=float(np.abs(logits - last)[kept].max(initial=0)),
        tolerance=relative(RELATIVE[precision], last[kept]),
        same_class=int((logits.argmax(1) == last.argmax(1)).sum()),
    )


def main(
    arguments: Sequence[str] | None = None,
    runtime_on: Callable[[int], Runtime] = GpuRuntime,
    kind: str = "cuda",
) -> int:
    """Compare, write the report, print it in a line; 1 where it is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.parity", description=__doc__)
    parser.add_argument("bundle", type=Path, help="folder that python -m benchmarks.gpu.bundles made")
    parser.add_argument("--gpu", type=int, default=0, help="which GPU (default 0)")
    parser.add_argument("--videos", type=at_least(1), default=16, help="how many (default 16)")
    parser.add_argument("--out", type=Path, help="write the numbers here as JSON")
    args = parser.parse_args(arguments)
    try:
        check_report(args.out)
        bundle, runtime = load_bundle(args.bundle), runtime_on(args.gpu)
        found = agreement(bundle, network_of(bundle), torch.device(kind, args.gpu), runtime, args.videos)
        report = {**asdict(found), "met": found.met}
        print(parity(report))
        write_report(args.out, report)
    except FoveateError as error:
        print(f"benchmarks.gpu.parity: {error}", file=sys.stderr)
        return 1
    return int(not found.met)


if __name__ == "__main__":
    sys.exit(main())
