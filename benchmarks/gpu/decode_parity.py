"""Hold a GPU's decoder to the CPU's: ``python -m benchmarks.gpu.decode_parity FOLDER``.

Every video of a folder is decoded by both, as a server does it, and the pages are compared. A line a video:
pages that differ, the largest and mean difference in steps of 8 bits, seconds; with --each a line a page too.
``--against cpu`` decodes twice on the CPU, which differs nowhere: it tries the command without a GPU.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.report_file import check_report, write_report
from foveate.bundle.manifest import Preprocessing, Sampling
from foveate.bundle.vocabulary import CropRounding, Resize, SamplingRule
from foveate.errors import ConfigError, FoveateError, InputError
from foveate.video.container import DecodeLimits
from foveate.video.decode import decode_clip, nothing
from foveate.video.handover import HandedBack
from foveate.video.nvdec import decode_on_gpu, load_library
from foveate.video.nvdec_probe import require_nvdec
from foveate.video.records import Decoded, DecodeJob

_SAMPLING = Sampling(rule=SamplingRule.SEGMENT_MIDDLES, counts=(16,))
_PREPROCESSING = Preprocessing(
    resize=Resize.PILLOW_BILINEAR,
    short_side=256,
    crop=224,
    crop_rounding=CropRounding.HALF_EVEN,
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
)


@dataclass(frozen=True, slots=True)
class FileParity:
    """One video by both decoders.

    Attributes:
        file: its name.
        outcome: "compared", or why not: what the GPU leaves to the CPU, or what is wrong with the file.
        size: width and height of its frames.
        codec: its codec and pixel format.
        largest: of each page, its largest difference in steps of 8 bits.
        mean: mean difference over all pages.
        same_facts: whether frames, places and times agree.
        cpu_s: seconds of the CPU, which leaves out what no wanted frame needs.
        other_s: seconds of the other.
    """

    file: str
    outcome: str
    size: tuple[int, int] = (0, 0)
    codec: str = ""
    largest: tuple[int, ...] = ()
    mean: float = 0.0
    same_facts: bool = True
    cpu_s: float = 0.0
    other_s: float = 0.0

    def line(self) -> str:
        """As shown."""
        if self.outcome != "compared":
            return f"{self.file}: {self.outcome}"
        differ = sum(value > 0 for value in self.largest)
        return (
            f"{self.file}: {self.codec} {self.size[0]}x{self.size[1]}, {differ} of {len(self.largest)} pages "
            f"differ, at most {max(self.largest)}, mean {self.mean:.4f}; facts "
            f"{'agree' if self.same_facts else 'DIFFER'}; cpu {self.cpu_s:.3f} s, other {self.other_s:.3f} s"
        )


def compare_folder(folder: Path, against: str, device: int = 0) -> Iterator[FileParity]:
    """Decode every file of a folder twice.

    Args:
        folder: its files are videos, or are said not to be.
        against: "nvdec" or "cpu".
        device: number of the GPU.

    Raises:
        ConfigError: there is no such folder, or the GPU's decoder cannot be had.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder} is not a folder")
    if against == "nvdec":
        require_nvdec(device)
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        try:
            yield _compare(path.resolve(), against, device)
        except HandedBack as reason:
            yield FileParity(path.name, f"left to the CPU: {reason}")
        except InputError as error:
            yield FileParity(path.name, f"refused: {error}")


def _compare(path: Path, against: str, device: int) -> FileParity:
    theirs, ours = _pages(), _pages()
    begun = time.perf_counter()
    cpu = _on_cpu(path, theirs)
    between = time.perf_counter()
    if against == "cpu":
        other = _on_cpu(path, ours)
    else:
        job = DecodeJob(str(path), _SAMPLING, _PREPROCESSING, tuple(range(len(ours))), device=device)
        other = decode_on_gpu(job, DecodeLimits(), ours, load_library(), nothing)
    ended = time.perf_counter()
    differences = [np.abs(ours[page].astype(np.int16) - theirs[page]) for page in cpu.used]
    facts = cpu.facts
    return FileParity(
        file=path.name,
        outcome="compared",
        size=(facts.width, facts.height),
        codec=f"{facts.codec} {facts.pixel_format}",
        largest=tuple(int(each.max()) for each in differences),
        mean=float(np.mean([each.mean() for each in differences])),
        same_facts=_places(cpu) == _places(other),
        cpu_s=between - begun,
        other_s=ended - between,
    )


def _on_cpu(path: Path, pages: Sequence[NDArray[np.uint8]]) -> Decoded:
    return decode_clip(str(path), _SAMPLING, _PREPROCESSING, DecodeLimits(), pages)


def _pages() -> list[NDArray[np.uint8]]:
    crop = _PREPROCESSING.crop
    return list(np.zeros((_SAMPLING.pool, crop, crop, 3), np.uint8))


def _places(found: Decoded) -> tuple[object, ...]:
    return found.indices, found.times_s, found.geometry, found.facts.frames, found.facts.rotation


def main() -> int:
    """Compare, print, write the raw numbers; 1 where something differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.decode_parity", description=__doc__)
    parser.add_argument("folder", type=Path, help="of videos")
    parser.add_argument("--against", choices=("nvdec", "cpu"), default="nvdec")
    parser.add_argument("--gpu", type=int, default=0, help="which GPU (default 0)")
    parser.add_argument("--each", action="store_true", help="a line a page too")
    parser.add_argument("--out", type=Path, help="write the raw numbers here as JSON")
    args = parser.parse_args()
    found = []
    try:
        check_report(args.out)
        for each in compare_folder(args.folder, args.against, args.gpu):
            found.append(each)
            print(each.line(), flush=True)
            for page, largest in enumerate(each.largest if args.each else ()):
                print(f"  page {page}: at most {largest}")
        write_report(args.out, [asdict(each) for each in found])
    except FoveateError as error:
        print(error, file=sys.stderr)
        return 1
    return int(any(max(each.largest, default=0) > 0 or not each.same_facts for each in found))


if __name__ == "__main__":
    sys.exit(main())
