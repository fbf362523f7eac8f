"""What ``nvidia-smi`` says of the GPUs: whether the driver still answers, and for which of them.

A server does not notice everything that can befall its GPU while it has no work: a container may lose its
device, the driver may hang, a GPU may fall off the bus. The driver's own tool does.
"""

import csv
import subprocess
from dataclasses import dataclass

from foveate.errors import UnavailableError

COMMAND = "nvidia-smi"

_QUERY = ("index", "name", "uuid")
_ERRORS = ("err!", "error", "lost", "reset", "fault")


@dataclass(frozen=True, slots=True)
class ListedGpu:
    """A GPU that the driver knows.

    Attributes:
        index: its number in this container or machine.
        name: of the product.
        uuid: of this very device.
    """

    index: int
    name: str
    uuid: str


def list_gpus(timeout_s: float = 5.0, command: str = COMMAND) -> tuple[ListedGpu, ...]:
    """The GPUs that are visible here, at least one.

    Args:
        timeout_s: seconds after which the driver is taken to hang.
        command: the tool.

    Raises:
        UnavailableError: there is no tool, driver or GPU, the driver hangs, or a GPU is in error.
    """
    arguments = [command, f"--query-gpu={','.join(_QUERY)}", "--format=csv,noheader"]
    try:
        result = subprocess.run(arguments, capture_output=True, text=True, timeout=timeout_s, check=False)
    except OSError as error:
        raise UnavailableError(f"{command} cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"{command} did not answer within {timeout_s:g} s") from None
    if result.returncode:
        raise UnavailableError(f"{command} failed with {result.returncode}: {_first_line(result)}")
    # It also reports a missing or broken device in the midst of its list, and calls that a success.
    rows = [row for row in csv.reader(result.stdout.splitlines(), skipinitialspace=True) if row]
    if not rows:
        raise UnavailableError(f"{command} lists no GPU")
    return tuple(_gpu(row, command) for row in rows)


def _gpu(row: list[str], command: str) -> ListedGpu:
    text = ", ".join(row)
    # A name of a product holds none of these words; in place of a value, they stand for a failure.
    if len(row) != len(_QUERY) or not row[0].isdecimal() or any(e in text.lower() for e in _ERRORS):
        raise UnavailableError(f"{command}: {text}")
    return ListedGpu(int(row[0]), row[1], row[2])


def _first_line(result: "subprocess.CompletedProcess[str]") -> str:
    lines = (result.stdout + result.stderr).split("\n")
    return next((line.strip() for line in lines if line.strip()), "it says nothing")
