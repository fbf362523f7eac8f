"""What ONNX Runtime's ways of running a graph have in common: opening it, checking it, calling it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnxruntime

from foveate.bundle.manifest import Graph
from foveate.errors import BundleError, ConfigError
from foveate.runtimes.base import Tensor

Provider = tuple[str, dict[str, str]]
"""Name and options of an execution provider."""


class Session:
    """A graph in ONNX Runtime; may be called from several threads at once."""

    def __init__(self, session: Any, outputs: list[str]) -> None:
        self._session = session
        self._outputs = outputs

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """Run one batch; see ``LoadedGraph.run``."""
        results: Sequence[Tensor] = self._session.run(self._outputs, dict(inputs))
        return results


def open_session(path: Path, graph: Graph, providers: Sequence[Provider]) -> Session:
    """Open a graph for arrays; see ``checked_session``."""
    session = checked_session(path, graph, providers)
    return Session(session, [output.name for output in graph.outputs])


def checked_session(path: Path, graph: Graph, providers: Sequence[Provider]) -> Any:
    """Open a graph with one thread of the host, which lanes share without waiting for one another.

    Args:
        path: its ONNX file.
        graph: what the manifest says of it.
        providers: best first. The first must be had: ONNX Runtime goes on without a provider it cannot
            load, and says so in its log only.

    Raises:
        BundleError: the file cannot be loaded, or its inputs and outputs are not the manifest's.
        ConfigError: the session went on without the first provider.
    """
    session = raw_session(path, providers)
    _check_names(path, session, graph)
    return session


def raw_session(path: Path, providers: Sequence[Provider]) -> Any:
    """Open any graph and read back which providers it got; see ``open_session``."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        # With its way of falling back, it would open the graph anew as a batch fails, without our options.
        session = onnxruntime.InferenceSession(path, options, providers=list(providers), enable_fallback=0)
    except Exception as error:  # the library's own exceptions share no base class
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BundleError(f"{path} cannot be loaded: {reason}") from error
    wanted, had = providers[0][0], session.get_providers()
    if wanted not in had:
        raise ConfigError(f"ONNX Runtime could not load {wanted} and went on with {', '.join(had)}")
    return session


def _check_names(path: Path, session: Any, graph: Graph) -> None:
    found = ({i.name for i in session.get_inputs()}, {o.name for o in session.get_outputs()})
    wanted = ({i.name for i in graph.inputs}, {o.name for o in graph.outputs})
    if found[0] != wanted[0] or not wanted[1] <= found[1]:
        raise BundleError(
            f"{path} has inputs {sorted(found[0])} and outputs {sorted(found[1])}, not the manifest's"
        )
