"""The graphs of the dense baselines and their plans: every frame, whole, and one answer."""

from torch import nn

from export.dense_graphs import ClipAnswer, ClipVector, FrameVectors, GlanceLogits, MeanAnswer
from export.frame_graphs import Focus
from export.graphs import GraphSpec, give, read_all, read_one
from export.transform import whole_frame
from export.video_graphs import FocusVideo, Sum
from foveate.bundle.manifest import Plan
from foveate.bundle.vocabulary import Form, Order, Sink, Source
from models.dense import Tsm, TsmPlus, Tsn
from models.x3d import X3D

Shape = tuple[int, ...]


def dense_plan(frames: int, crop: int, glance: int = 0) -> Plan:
    """Every frame after the first ``glance`` ones, which are the glance's own, is looked at whole."""
    return Plan(
        order=Order.GLANCE_FIRST,
        glance=tuple(range(glance)),
        candidates=tuple(range(glance, glance + frames)),
        steps=frames,
        frames=tuple(range(frames)),
        rectangles=(whole_frame(crop),),
    )


def tsn_specs(model: Tsn, frames: int, side: int) -> tuple[GraphSpec, ...]:
    """A frame at a time, and the mean of their logits.

    Args:
        model: the network.
        frames: frames of a video.
        side: of what it sees in pixels.
    """
    channels, layer = model.focus.channels, model.classifier.fc
    focus = _looking("focus", Focus(model.focus), (3, side, side), "vector", (channels,))
    return focus, _answer(MeanAnswer(layer), (frames, channels), layer.out_features)


def tsm_specs(model: Tsm, frames: int, side: int) -> tuple[GraphSpec, ...]:
    """All frames together, and the mean of their logits; see ``tsn_specs``."""
    channels, layer = model.focus.net.channels, model.focus.fc
    seen, vectors = (frames, 3, side, side), (frames, channels)
    focus = _looking("focus", FrameVectors(model.focus.net), seen, "vector", vectors)
    return focus, _answer(MeanAnswer(layer), vectors, layer.out_features)


def tsm_plus_specs(model: TsmPlus, side: int) -> tuple[GraphSpec, ...]:
    """All frames of each network together, and the sum of both means; see ``tsn_specs``."""
    sizes = model.sizes
    given = (sizes.classes,)
    seen = (sizes.glance_frames, 3, side, side)
    return (
        _looking("glance", GlanceLogits(model.glance), seen, "logits", given),
        _looking("focus", FocusVideo(model.focus), (sizes.focus_frames, *seen[1:]), "logits", given),
        GraphSpec(
            "classifier",
            Form.WHOLE,
            "classifier.onnx",
            Sum(),
            (
                read_all("glance", Source.GLANCE, "logits", given),
                read_all("focus", Source.FOCUS, "logits", given),
            ),
            (give("logits", Sink.LOGITS, given),),
        ),
    )


def x3d_specs(model: X3D, frames: int, side: int) -> tuple[GraphSpec, ...]:
    """All frames together to one vector; see ``tsn_specs``."""
    vector, seen = (model.sizes.last,), (frames, 3, side, side)
    focus = _looking("focus", ClipVector(model), seen, "vector", vector)
    return focus, _answer(ClipAnswer(model.head), vector, model.sizes.classes)


def _looking(network: str, module: nn.Module, seen: Shape, name: str, given: Shape) -> GraphSpec:
    return GraphSpec(
        network,
        Form.WHOLE,
        f"{network}.onnx",
        module,
        (read_one("pixels", Source.PIXELS, None, seen),),
        (give(name, Sink.FEATURE, given, name),),
    )


def _answer(module: nn.Module, features: Shape, classes: int) -> GraphSpec:
    return GraphSpec(
        "classifier",
        Form.WHOLE,
        "classifier.onnx",
        module,
        (read_all("focus", Source.FOCUS, "vector", features),),
        (give("logits", Sink.LOGITS, (classes,)),),
    )
