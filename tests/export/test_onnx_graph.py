import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from export.graphs import give, read_one
from export.onnx_graph import OPSET, write_graph
from foveate.bundle.vocabulary import Sink, Source
from foveate.errors import ExportError


class Scale(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.layer(x))


class Summed(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.sum(0)


INPUTS = (read_one("x", Source.GLANCE, "vector", (3,)),)
OUTPUTS = (give("y", Sink.FEATURE, (2,)),)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Scale]:
    torch.manual_seed(0)
    module = Scale()
    path = tmp_path_factory.mktemp("graph") / "scale.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_graph(module, INPUTS, OUTPUTS, path)
    return path, module


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_any_batch_runs(written: tuple[Path, Scale], batch: int) -> None:
    path, module = written
    x = np.random.default_rng(0).standard_normal((batch, 3)).astype(np.float32)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        wanted = module(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(session.run(None, {"x": x})[0], wanted, atol=1e-6)


def test_nothing_of_this_machine_is_in_the_file(written: tuple[Path, Scale]) -> None:
    content = written[0].read_bytes()
    for trace in (b"site-packages", b".py", str(Path.home()).encode(), b"stack_trace", b"torch"):
        assert trace not in content


def test_opset_and_batch_axis(written: tuple[Path, Scale]) -> None:
    model = onnx.load(written[0])
    assert [(o.domain, o.version) for o in model.opset_import] == [("", OPSET)]
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "n"


def test_the_same_module_gives_the_same_bytes(written: tuple[Path, Scale], tmp_path: Path) -> None:
    write_graph(written[1], INPUTS, OUTPUTS, tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == written[0].read_bytes()


def test_a_graph_that_is_not_as_declared_is_refused(tmp_path: Path) -> None:
    wrong = (give("y", Sink.FEATURE, (9,)),)
    with pytest.raises(ExportError, match=r"came out as \[\('y', \['n', 2\]\)\]"):
        write_graph(Scale(), INPUTS, wrong, tmp_path / "wrong.onnx")


def test_a_graph_without_batch_axis_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError):
        write_graph(Summed(), INPUTS, (give("y", Sink.FEATURE, (3,)),), tmp_path / "summed.onnx")


def test_a_module_that_fails_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"bad\.onnx could not be exported"):
        write_graph(Scale(), (read_one("x", Source.GLANCE, "v", (4,)),), OUTPUTS, tmp_path / "bad.onnx")
