"""Choosing a runtime: the best that the machine has, and why nothing better.

Each runtime of the chain is tried in turn. What is not installed, finds no GPU, or does not start is passed
over, and the reason is kept: it is logged, shown by ``foveate runtimes`` and told at ``/v1/models``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import cast

from foveate.errors import ConfigError
from foveate.runtimes.base import PassedOver, Runtime
from foveate.runtimes.gpu import NoGpuError, find_gpu
from foveate.runtimes.wish import RuntimeName, Wish

WhyNot = Callable[[Wish], str | None]
"""Says why a runtime cannot be had, as far as is known without starting it; None where nothing is known."""
Make = Callable[[Wish, str, tuple[PassedOver, ...]], Runtime]
"""Starts a runtime for a wish, given the reason for it and what was passed over.

Raises ConfigError where the machine does not have what it needs."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A runtime of the chain.

    Attributes:
        name: as it is asked for.
        why_not: see ``WhyNot``.
        factory: module and function that start it, imported only then; see ``Make``.
    """

    name: RuntimeName
    why_not: WhyNot
    factory: str

    def make(self, wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> Runtime:
        """Start it; see ``Make``."""
        module, function = self.factory.split(":")
        return cast(Make, getattr(import_module(module), function))(wish, reason, passed_over)


def chain() -> tuple[Candidate, ...]:
    """Every runtime, best first."""
    return (
        Candidate(
            RuntimeName.TENSORRT,
            lambda wish: _missing("tensorrt", "cuda.bindings", "filelock") or _no_gpu(wish),
            "foveate.tensorrt.runtime:make_tensorrt",
        ),
        Candidate(
            RuntimeName.TENSORRT_RTX,
            lambda wish: _missing("tensorrt_rtx_bindings", "cuda.bindings", "filelock") or _no_gpu(wish),
            "foveate.tensorrt.runtime:make_rtx",
        ),
        Candidate(
            RuntimeName.TENSORRT_PROVIDER,
            lambda wish: _missing("onnxruntime", "filelock") or _no_provider("TENSORRT") or _no_gpu(wish),
            "foveate.runtimes.onnx_tensorrt:make",
        ),
        Candidate(
            RuntimeName.CUDA,
            lambda wish: _missing("onnxruntime") or _no_provider("CUDA") or _no_gpu(wish),
            "foveate.runtimes.onnx_gpu:make",
        ),
        Candidate(
            RuntimeName.TORCH,
            lambda wish: _missing("torch", "triton", "onnx") or _no_gpu(wish),
            "foveate.runtimes.torch_gpu:make",
        ),
        Candidate(RuntimeName.CPU, lambda wish: _missing("onnxruntime"), "foveate.runtimes.onnx_cpu:make"),
    )


def choose(wish: Wish, candidates: Sequence[Candidate] | None = None) -> Runtime:
    """Start the runtime that was asked for, or the best that starts.

    Raises:
        ConfigError: the one asked for, or any at all, cannot be had; the message says why.
    """
    candidates = chain() if candidates is None else candidates
    if wish.runtime is not RuntimeName.AUTO:
        (candidate,) = (each for each in candidates if each.name is wish.runtime)
        found = _try(candidate, wish, f"asked for: {wish.runtime}", ())
        if isinstance(found, PassedOver):
            raise ConfigError(f"the runtime '{found.name}' cannot be had: {found.reason}")
        return found
    passed_over: tuple[PassedOver, ...] = ()
    for candidate in candidates:
        found = _try(candidate, wish, "the best that this machine has", passed_over)
        if not isinstance(found, PassedOver):
            return found
        passed_over += (found,)
    reasons = "; ".join(f"{each.name}: {each.reason}" for each in passed_over)
    raise ConfigError(f"nothing here runs graphs: {reasons}")


def _try(
    candidate: Candidate, wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]
) -> Runtime | PassedOver:
    why_not = candidate.why_not(wish)
    if why_not is None:
        try:
            return candidate.make(wish, reason, passed_over)
        except ConfigError as error:
            why_not = str(error)
        except (ImportError, OSError) as error:  # a package that is there but lacks libraries of the machine
            why_not = (str(error) or type(error).__name__).splitlines()[0]
    return PassedOver(candidate.name.value, why_not)


def _missing(*modules: str) -> str | None:
    for module in modules:
        try:
            found = find_spec(module)
        except ModuleNotFoundError:  # what it would lie in is not there
            found = None
        if found is None:
            return f"{module} is not installed"
    return None


def _no_gpu(wish: Wish) -> str | None:
    try:
        find_gpu(wish.device)
    except NoGpuError as error:
        return str(error)
    return None


def _no_provider(constant: str) -> str | None:
    module = import_module("foveate.runtimes.onnx_gpu")
    reason: str | None = module.why_not(getattr(module, constant))
    return reason
