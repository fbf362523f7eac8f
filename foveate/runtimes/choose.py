"""Choosing a runtime: the best that the machine has, and why nothing better.

Each runtime of the chain is tried in turn. What is not installed, finds no GPU, does not start, does not run
a small graph, or fails at what it is wanted for, is passed over, and the reason is kept: it is logged, shown
by ``foveate runtimes`` and told at ``/v1/models``. One that is asked for by its name is never passed over.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from typing import NoReturn, TypeVar, cast

from foveate.errors import ConfigError, FoveateError
from foveate.runtimes.base import PassedOver, Runtime
from foveate.runtimes.float32 import keep_float32
from foveate.runtimes.gpu import NoGpuError, find_gpu
from foveate.runtimes.trial import reason_of, try_runtime
from foveate.runtimes.wish import RuntimeName, Wish

log = logging.getLogger(__name__)

Used = TypeVar("Used")

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
    """Start the runtime that was asked for, or the best that starts and runs a small graph.

    Raises:
        ConfigError: the one asked for, or any at all, cannot be had; the message says why.
    """
    return choose_for(wish, lambda runtime: runtime, candidates)


def choose_for(
    wish: Wish, use: Callable[[Runtime], Used], candidates: Sequence[Candidate] | None = None
) -> Used:
    """Start the runtime that was asked for, or the best that can also be used.

    Args:
        wish: what is asked.
        use: what it is wanted for, as loading bundles; called again with the next runtime where it raises,
            having given back what it took.
        candidates: best first; None for the chain.

    Returns:
        What ``use`` gave.

    Raises:
        ConfigError: the one asked for, or any at all, cannot be had; the message says why.
        FoveateError: of ``use``, with the last that could be had.
    """
    candidates = chain() if candidates is None else candidates
    if wish.runtime is not RuntimeName.AUTO:
        (candidate,) = (each for each in candidates if each.name is wish.runtime)
        return _insist(candidate, wish, use)
    passed_over: tuple[PassedOver, ...] = ()
    for candidate in candidates:
        try:
            runtime = _start(candidate, wish, "the best that this machine has", passed_over)
        except Exception as error:  # whatever a library raises that is there, and does not work here
            passed_over += (_pass_over(candidate, error),)
            continue
        try:
            return use(runtime)
        except Exception as error:
            if candidate is candidates[-1]:
                _refuse(candidate, error)
            passed_over += (_pass_over(candidate, error),)
        del runtime  # with what it has of the GPU's memory, which the next may need
    reasons = "; ".join(f"{each.name}: {each.reason}" for each in passed_over)
    raise ConfigError(f"nothing here runs graphs: {reasons}")


class _AbsentError(ConfigError):
    """It is known without starting a runtime that it cannot be had."""


def _insist(candidate: Candidate, wish: Wish, use: Callable[[Runtime], Used]) -> Used:
    try:
        runtime = _start(candidate, wish, f"asked for: {wish.runtime}", ())
    except Exception as error:
        raise _cannot_be_had(candidate, error) from error
    try:
        return use(runtime)
    except Exception as error:
        _refuse(candidate, error)


def _start(candidate: Candidate, wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> Runtime:
    """Start a runtime that has run a small graph; raises whatever its library does where it cannot."""
    why_not = candidate.why_not(wish)
    if why_not is not None:
        raise _AbsentError(why_not)
    if candidate.name is not RuntimeName.CPU:
        keep_float32()
    # Apart from the one that serves, in which nothing is left of the trial; and with the smallest batches.
    try_runtime(candidate.make(replace(wish, max_frames=1, max_videos=1), reason, passed_over))
    return candidate.make(wish, reason, passed_over)


def _pass_over(candidate: Candidate, error: Exception) -> PassedOver:
    passed = PassedOver(candidate.name.value, reason_of(error))
    if not isinstance(error, _AbsentError):
        log.warning("the runtime '%s' is there and cannot be used: %s", passed.name, passed.reason)
        log.debug("what became of the runtime '%s'", passed.name, exc_info=error)
    return passed


def _refuse(candidate: Candidate, error: Exception) -> NoReturn:
    if isinstance(error, FoveateError):
        raise error
    raise _cannot_be_had(candidate, error) from error


def _cannot_be_had(candidate: Candidate, error: Exception) -> ConfigError:
    return ConfigError(f"the runtime '{candidate.name}' cannot be had: {reason_of(error)}")


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
