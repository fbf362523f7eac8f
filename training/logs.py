"""What a run tells while it goes on: a progress bar on stderr, scalars for TensorBoard."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from training.pools import Watch


class Log:
    """The log of a run.

    Args:
        folder: TensorBoard's files go here.
        quiet: show no progress bars.
    """

    def __init__(self, folder: Path, quiet: bool = False) -> None:
        self._writer = SummaryWriter(str(folder))
        self._quiet = quiet
        self._bar: tqdm[int] | None = None

    def steps(self, number: int, kind: str, begin: int, end: int) -> Iterator[int]:
        """Count the steps of a stage, shown by a bar."""
        name = f"{number + 1} {kind}"
        with tqdm(range(begin, end), name, end, initial=begin, disable=self._quiet, mininterval=1) as bar:
            self._bar = bar
            yield from bar
            self._bar = None

    def scalars(self, number: int, kind: str, step: int, values: Mapping[str, float]) -> None:
        """Write the scalars of a step."""
        for name, value in values.items():
            self._writer.add_scalar(f"{number + 1}-{kind}/{name}", value, step)
        if self._bar is not None:
            self._bar.set_postfix({name: f"{value:.3f}" for name, value in values.items()}, refresh=False)

    def watch(self, what: str) -> Watch:
        """A bar for something else that takes long."""

        def shown(numbers: Iterable[int]) -> Iterable[int]:
            return tqdm(numbers, what, disable=self._quiet, mininterval=1)

        return shown

    def close(self) -> None:
        """Write what is still held back."""
        self._writer.close()
