"""Graphs of a policy that also says which patches to keep, made of those of one that does not."""

from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor, nn

from export.frame_graphs import StepPolicy, WholePolicy
from export.graphs import GraphSpec, give, read_one
from foveate.bundle.vocabulary import Form, Sink, Source
from models.adafocus_plus import KeepPolicy


class WholeKeepingPolicy(nn.Module):
    """All maps of a video (n, T, channels, side, side) at once."""

    def __init__(self, places: WholePolicy, keep: KeepPolicy) -> None:
        super().__init__()
        self.places = places
        self.keep = keep

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Gives rectangles (n, T, 4), scores (n, T, places), states (n, T, hidden), keep (n, T)."""
        keep, _ = self.keep(maps)
        return *self.places(maps), keep


class StepKeepingPolicy(nn.Module):
    """One map (n, channels, side, side) and a state of each of the two networks."""

    def __init__(self, places: StepPolicy, keep: KeepPolicy) -> None:
        super().__init__()
        self.places = places
        self.keep = keep

    def forward(
        self, maps: Tensor, state: Tensor, keep_state: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Gives the rectangle (n, 4), the next state, scores (n, places), keep (n), the next keep state."""
        keep, keep_state = self.keep.step(maps, keep_state)
        return *self.places(maps, state), keep.squeeze(1), keep_state


def keeping_specs(specs: Sequence[GraphSpec], keep: KeepPolicy, steps: int) -> tuple[GraphSpec, ...]:
    """The same graphs, their policy in both forms with keep probabilities.

    Args:
        specs: every graph of a bundle of single frames.
        keep: says which patches to keep.
        steps: frames of a video.
    """
    return tuple(_keeping(spec, keep, steps) if spec.network == "policy" else spec for spec in specs)


def _keeping(spec: GraphSpec, keep: KeepPolicy, steps: int) -> GraphSpec:
    if spec.form is Form.WHOLE:
        assert isinstance(spec.module, WholePolicy)
        module: nn.Module = WholeKeepingPolicy(spec.module, keep)
        return replace(spec, module=module, outputs=(*spec.outputs, give("keep", Sink.KEEP, (steps,))))
    assert isinstance(spec.module, StepPolicy)
    hidden = (keep.net.gru.hidden,)
    return replace(
        spec,
        module=StepKeepingPolicy(spec.module, keep),
        inputs=(*spec.inputs, read_one("keep_state", Source.STATE, "keep", hidden)),
        outputs=(
            *spec.outputs,
            give("keep", Sink.KEEP, ()),
            give("next_keep_state", Sink.STATE, hidden, "keep"),
        ),
    )
