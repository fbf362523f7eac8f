"""What ``foveate synthesize`` does once its arguments are read."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from tqdm import tqdm

from training.synthetic.files import write_data_set


def run(args: argparse.Namespace) -> int:
    """Write a synthetic data set and print the path of its list.

    Raises:
        FoveateError: for what the caller can mend.
    """

    def watch(numbers: Iterable[int]) -> Iterable[int]:
        return tqdm(numbers, "clips", disable=args.quiet, mininterval=1)

    print(write_data_set(Path(args.folder), args.clips, args.seed, args.held_out, watch=watch))
    return 0
