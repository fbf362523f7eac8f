"""The kernels of a GPU, run on the CPU by Triton's interpreter in the place of torch's operators."""

import pytest

from foveate.device import convolution, temporal_shift
from foveate.device.convolution import LAYOUTS
from tests.device.kernels.kinds import Interpreted


def run_kernels(interpreted: Interpreted, patch: pytest.MonkeyPatch) -> None:
    """Take the ways that a GPU's tensors take, until the patch is undone."""
    for name in ("epilogue", "shift", "depthwise", "pointwise"):
        interpreted(name)
    patch.setattr(convolution, "_channels_at_a_time", lambda device: 32)
    patch.setattr(convolution, "_can_finish", lambda value: value.ndim in LAYOUTS)
    patch.setattr(temporal_shift, "_by_kernel", lambda value: value.ndim == 4)
