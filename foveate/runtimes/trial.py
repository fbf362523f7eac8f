"""Finding out whether a runtime really loads and runs graphs, before anything depends on it.

A library that can be imported beside a GPU proves little: it may know no kernels for that GPU, fail to
compile, or have no memory left. So a small graph is loaded and run before a runtime is taken, and each graph
of a bundle once as it is loaded.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from foveate.bundle.load import load_bundle, untrained_bundle
from foveate.bundle.manifest import Graph
from foveate.bundle.vocabulary import Form
from foveate.errors import BundleError, ConfigError, FoveateError
from foveate.runtimes.base import LoadedGraph, Runtime, RuntimeInfo, Tensor


class Tried:
    """A runtime of which each graph runs once, on one unit of zeros, as it is loaded; see ``Runtime``.

    Args:
        runtime: what loads and runs them.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    @property
    def info(self) -> RuntimeInfo:
        """What it is."""
        return self._runtime.info

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        """Load an ONNX file and run it once; see ``Runtime.load``.

        Raises:
            BundleError: it cannot be loaded, or does not run.
        """
        loaded = self._runtime.load(path, graph)
        _run_once(loaded, path, graph)
        return loaded


def try_runtime(runtime: Runtime) -> None:
    """Load and run a small graph that comes with the package: one step of a recurrent classifier.

    Raises:
        ConfigError: what it gives is nothing that such a graph can give.
        Exception: whatever the runtime raises where it cannot load or run it.
    """
    bundle = load_bundle(untrained_bundle())
    graph = bundle.manifest.networks.classifier.forms[Form.STEP]
    path = bundle.folder / graph.file
    outputs = _run_once(runtime.load(path, graph), path, graph)
    wanted = [(1, *output.shape) for output in graph.outputs]
    if [value.shape for value in outputs] != wanted or not all(np.isfinite(value).all() for value in outputs):
        raise ConfigError(f"what it makes of {path} is not what the graph gives")


def reason_of(error: Exception) -> str:
    """An exception in one line, with its class where its message was not written for people."""
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    name = type(error).__name__
    # Those of the import system and of the operating system say what is missing.
    if isinstance(error, FoveateError | ImportError | OSError):
        return text or name
    return f"{name}: {text}" if text else name


def _run_once(loaded: LoadedGraph, path: Path, graph: Graph) -> Sequence[Tensor]:
    inputs = {port.name: np.zeros((1, *port.shape), port.dtype.value) for port in graph.inputs}
    try:
        return loaded.run(inputs)
    except Exception as error:  # whatever a library raises
        raise BundleError(f"{path} was loaded and does not run: {reason_of(error)}") from error
