"""Bundles to measure, at their published sizes: ``python -m benchmarks.gpu.bundles OUT adafocus-tsm-p144``.

Weights are untrained, for speed does not depend on them. The dense ones are what the others are set against.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from torch import nn

from export import adafocus, adafocus_tsm, tsm_plus, tsn
from export.draft import Draft, export_draft
from export.request import ExportRequest
from export.untrained_bundle import NOTICE
from foveate.errors import FoveateError
from models.adafocus import AdaFocus, AdaFocusSizes
from models.adafocus_tsm import AdaFocusTsm, AdaFocusTsmOptions, AdaFocusTsmSizes
from models.dense import TsmPlus, TsmPlusSizes, Tsn
from models.seeded import seeded_state, shapes_of

Network = TypeVar("Network", bound=nn.Module)


class Made(NamedTuple):
    """A network with untrained weights, and its bundle's draft, which holds the same network."""

    network: nn.Module
    draft: Draft


def makers() -> dict[str, Callable[[], Made]]:
    """What can be made, by name: the first is the one whose throughput was published."""
    return {
        "adafocus-tsm-p144": lambda: _made(
            AdaFocusTsm(AdaFocusTsmSizes(), AdaFocusTsmOptions(144)), lambda it: adafocus_tsm.draft(it, None)
        ),
        "tsm-plus": lambda: _made(TsmPlus(TsmPlusSizes()), lambda it: tsm_plus.draft(it, None, None)),
        "resnet50": lambda: _made(Tsn(200), lambda it: tsn.draft(it, 8, None)),
        "adafocus-p128": lambda: _made(
            AdaFocus(AdaFocusSizes(), 128), lambda it: adafocus.draft(it, 16, None)
        ),
    }


def make(name: str, out: Path, draft: Draft, half: bool) -> Path:
    """Export one.

    Args:
        name: of the bundle.
        out: its folder.
        draft: of its network.
        half: its glance and focus in half precision, where that keeps the plan.

    Raises:
        FoveateError: it cannot be exported.
    """
    request = ExportRequest(
        checkpoint=Path(),
        labels=tuple(f"class {number}" for number in range(draft.classes)),
        out=out,
        precision="fp16" if half else "fp32",
        name=name,
        notice=NOTICE,
    )
    return export_draft(draft, request, lambda text: print(text, file=sys.stderr, flush=True))


def _made(network: Network, draft: Callable[[Network], Draft]) -> Made:
    network.load_state_dict(seeded_state(shapes_of(network.state_dict())))
    network.eval()
    return Made(network, draft(network))


def main() -> int:
    """Make one bundle and print its folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.bundles", description=__doc__)
    parser.add_argument("out", type=Path, help="folder of the bundle")
    parser.add_argument("name", choices=tuple(makers()))
    parser.add_argument("--precision", choices=("fp32", "fp16"), default="fp16")
    args = parser.parse_args()
    try:
        print(make(args.name, args.out, makers()[args.name]().draft, args.precision == "fp16"))
    except FoveateError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
