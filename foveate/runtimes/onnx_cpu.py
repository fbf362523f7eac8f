"""ONNX Runtime on the CPU: the embedded default."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import onnxruntime

from foveate.bundle.manifest import Graph
from foveate.errors import BundleError
from foveate.runtimes.base import LoadedGraph, RuntimeInfo, Tensor

_PROVIDER = "CPUExecutionProvider"


class OnnxCpuRuntime:
    """One single-threaded session a graph, called by every lane.

    A session of one thread called from two lanes is as fast as two sessions, and holds the weights once.
    """

    def __init__(self, reason: str = "the only device asked for") -> None:
        self._reason = reason

    @property
    def info(self) -> RuntimeInfo:
        """What it is."""
        return RuntimeInfo(f"onnxruntime {onnxruntime.__version__} ({_PROVIDER})", "cpu", self._reason)

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        """Load an ONNX file; see ``Runtime.load``."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            session = onnxruntime.InferenceSession(path, options, providers=[_PROVIDER])
        except Exception as error:  # the library's own exceptions share no base class
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise BundleError(f"{path} cannot be loaded: {reason}") from error
        _check_names(path, session, graph)
        return _Session(session, [output.name for output in graph.outputs])


class _Session:
    def __init__(self, session: onnxruntime.InferenceSession, outputs: list[str]) -> None:
        self._session = session
        self._outputs = outputs

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        results: Sequence[Tensor] = self._session.run(self._outputs, dict(inputs))
        return results


def _check_names(path: Path, session: onnxruntime.InferenceSession, graph: Graph) -> None:
    found = ({i.name for i in session.get_inputs()}, {o.name for o in session.get_outputs()})
    wanted = ({i.name for i in graph.inputs}, {o.name for o in graph.outputs})
    if found[0] != wanted[0] or not wanted[1] <= found[1]:
        raise BundleError(
            f"{path} has inputs {sorted(found[0])} and outputs {sorted(found[1])}, not the manifest's"
        )
