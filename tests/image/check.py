"""Build both images and try them: ``make image-check``, or ``python -m tests.image.check [TARGET ...]``.

It needs root, buildah and debootstrap (Debian: ``apt-get install buildah crun debootstrap``), some 15 GB of
disk and a quarter of an hour. The base is a Debian made on the spot, which stands in for Python's official
image, so that no registry of images is needed; packages come from where pip of this machine gets them.
Nothing is left behind, unless a folder is given to keep.
"""

import argparse
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.image import machine
from tests.image.builder import REPOSITORY, Builder
from tests.image.layers import table, weigh
from tests.image.trial import Trial, clip_in

PARTS = {
    "cpu": ("base: Debian 12 and Python", "user", "Python packages", "Foveate"),
    "gpu": ("base: Debian 12 and Python", "user", "CUDA libraries", "Python packages", "Foveate", "loader"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what is asked for; 0 where all is well or the machine cannot do it, which is said."""
    parser = argparse.ArgumentParser(description="Build the images and try them.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="cpu, gpu; both where none is named")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="work there, and leave it for the next time")
    args = parser.parse_args(arguments)
    if unknown := set(args.targets) - set(PARTS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    if reason := machine.missing():
        print(f"images not checked: {reason}")
        return 0
    folder = args.keep or Path(tempfile.mkdtemp(prefix="foveate-image-"))
    folder.mkdir(parents=True, exist_ok=True)
    builder = Builder(folder.resolve())
    try:
        builder.base(base_image())
        for target in args.targets or PARTS:
            check(builder, target)
    finally:
        builder.close()
        if not args.keep:
            shutil.rmtree(folder)
    print("images checked: all well")
    return 0


def base_image() -> str:
    """The image that the Dockerfile starts from."""
    found = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", (REPOSITORY / "Dockerfile").read_text(), re.MULTILINE)
    assert found is not None
    return found.group(1)


def check(builder: Builder, target: str) -> None:
    """Build a target, try it, weigh it."""

    def say(text: str) -> None:
        print(f"{target}: {text}", flush=True)

    begin = time.monotonic()
    image = builder.build(target)
    say(f"built in {time.monotonic() - begin:.0f} s")
    trial = Trial(builder, image, clip_in(builder.folder), say)
    trial.contents()
    if target == "gpu":
        trial.cuda()
        trial.nvdec()
    trial.serve()
    trial.stop_early()
    layout = builder.folder / f"layout-{target}"
    try:
        builder.buildah("push", "--quiet", image.name, f"oci:{layout}")
        print(f"\n{target}, millions of bytes\n\n{table(weigh(layout, PARTS[target]))}\n", flush=True)
    finally:
        shutil.rmtree(layout, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
