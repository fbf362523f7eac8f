"""Runtimes that fail at one point or another."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from foveate.bundle.load import load_bundle, untrained_bundle
from foveate.bundle.manifest import Graph
from foveate.bundle.vocabulary import Form
from foveate.errors import BundleError, ConfigError
from foveate.runtimes.base import LoadedGraph, PassedOver, Runtime, RuntimeInfo, Tensor
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from foveate.runtimes.wish import Wish

TRIAL = load_bundle(untrained_bundle()).manifest.networks.classifier.forms[Form.STEP]


class Gives:
    """A graph that gives what it is told to, or raises it."""

    def __init__(self, given: Any) -> None:
        self._given = given

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        if isinstance(self._given, Exception):
            raise self._given
        outputs: Sequence[Tensor] = self._given
        return outputs


class Picky:
    """A runtime on a GPU that runs the graph of the trial, and no other.

    Args:
        reason: why it was chosen.
        passed_over: what was tried before it.
        loads: whether other graphs are loaded, and fail only as they run.
        trial: what comes of the trial; None for what the graph gives.
    """

    def __init__(
        self, reason: str, passed_over: tuple[PassedOver, ...], loads: bool = False, trial: Any = None
    ) -> None:
        self.info = RuntimeInfo("picky", "cuda:0 (Some GPU)", reason, passed_over)
        self._loads, self._trial = loads, trial

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        if graph == TRIAL:
            return OnnxCpuRuntime().load(path, graph) if self._trial is None else Gives(self._trial)
        if self._loads:
            return Gives(RuntimeError("no kernel image\nis available"))
        raise BundleError(f"{path.name} cannot be compiled")


def make_picky(wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> Runtime:
    return Picky(reason, passed_over)


def make_lame(wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> Runtime:
    return Picky(reason, passed_over, loads=True)


def make_mute(wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> Runtime:
    return Picky(reason, passed_over, trial=RuntimeError(""))


def make_wild(wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> Runtime:
    nothing = [np.full((1, *output.shape), np.nan, np.float32) for output in TRIAL.outputs]
    return Picky(reason, passed_over, trial=nothing)


def make_broken(wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> Runtime:
    raise ConfigError("it does not start")


def make_unloadable(wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> Runtime:
    raise ImportError("libsomething.so.10: cannot open shared object file\nand more")


def make_null(wish: Wish, reason: str, passed_over: tuple[PassedOver, ...]) -> Runtime:
    raise TypeError("pybind11::init(): factory function returned nullptr")
