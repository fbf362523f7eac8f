from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from export.graphs import GraphSpec, give, read_all, read_one, write_graphs
from foveate.bundle.vocabulary import ElementType, Form, Sink, Source, Span


class Sum(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 5)

    def forward(self, x: Tensor, step: Tensor) -> Tensor:
        seen: Tensor = self.layer(x)
        return seen.sum(1) + step[:, None].float()


def test_a_graph_is_written_counted_and_described(tmp_path: Path) -> None:
    inputs = (
        read_all("x", Source.GLANCE, "vector", (3, 4)),
        read_one("step", Source.STEP, None, ()),
    )
    outputs = (give("y", Sink.LOGITS, (5,)),)
    said: list[str] = []
    spec = GraphSpec("classifier", Form.STEP, "classifier.onnx", Sum(), inputs, outputs)
    graph = write_graphs([spec], tmp_path, "fp32", said.append)["classifier"][Form.STEP]
    assert (graph.file, graph.multiply_adds, graph.inputs, graph.outputs) == (
        "classifier.onnx",
        60,
        inputs,
        outputs,
    )
    assert said == ["exporting classifier.onnx"]
    assert inputs[0].span is Span.ALL
    assert inputs[1].dtype is ElementType.INT64
    assert (tmp_path / "classifier.onnx").is_file()


def test_what_stays_exact_is_not_rounded(tmp_path: Path) -> None:
    inputs = (read_all("x", Source.GLANCE, "vector", (3, 4)), read_one("step", Source.STEP, None, ()))
    outputs = (give("y", Sink.LOGITS, (5,)),)
    module = Sum()
    spec = GraphSpec("policy", Form.STEP, "policy.onnx", module, inputs, outputs, exact=True)
    write_graphs([spec], tmp_path, "fp16", lambda _: None)
    weights = onnx.load(tmp_path / "policy.onnx").graph.initializer
    assert any(w.data_type == onnx.TensorProto.FLOAT for w in weights)
    assert not any(w.data_type == onnx.TensorProto.FLOAT16 for w in weights)
    assert module.layer.weight.dtype is torch.float32


def test_frame_numbers_are_whole() -> None:
    assert give("frames", Sink.FRAMES, (3,)).dtype is ElementType.INT64
