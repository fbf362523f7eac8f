"""Types of the fixtures that run and compile kernels."""

from collections.abc import Callable
from types import ModuleType

Interpreted = Callable[[str], ModuleType]
"""Gives a module of ``foveate.device.kernels`` whose kernels Triton's interpreter runs."""

Compile = Callable[[str], None]
"""Runs a program that compiles kernels for GPUs that are not here."""
