"""Recurrent layers set by hand to sum up change, for so few videos that none could be taught to.

A GRU can hold its last input and, beside it, add up how far each input moves from the one before. Nothing of
it is learned: what is read off the training videos is which features vary most, and by how much.
"""

from dataclasses import dataclass
from math import isqrt

import torch
from torch import Tensor, nn

from foveate.errors import ConfigError
from models.gru import Gru
from models.policy import GruPolicy
from training.errors import DataError

_SMALL = 0.1
"""What an input of one standard deviation is held as: small, so that the tangent bends it little."""
_SHUT = 20.0
"""An argument at which a sigmoid or a tangent has reached its end."""
_NEAR_THE_MIDDLE = 1e-4
"""How much of a score the nearness to the middle is: it decides where nothing has changed yet."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How much of its way to 1 a sum goes for a change, as sigmoid(gain * change - floor) says.

    Attributes:
        gain: of a change by one standard deviation.
        floor: what keeps small changes out.
    """

    gain: float
    floor: float


OF_MAPS = Sensitivity(1.0, 4.0)
OF_FEATURES = Sensitivity(2.0, 4.0)


def inputs_of(hidden: int) -> int:
    """How many inputs a state of this length can follow: each is held, its rises and its falls are summed.

    Raises:
        ConfigError: it is too short for one.
    """
    count = (hidden - 1) // 3
    if count < 1:
        raise ConfigError(f"a recurrent state of {hidden} is too short to sum up change")
    return count


@torch.no_grad()
def sum_up_change(gru: Gru, columns: Tensor, sizes: Tensor, how: Sensitivity) -> None:
    """Set a GRU so that its state is: n inputs as they last were, their rises and falls so far, a 1.

    Rises and falls go from 0 to 1 and begin with the second step; what is left of the state stays 0.

    Args:
        gru: is set in place.
        columns: which inputs are followed, int64 (n); see ``inputs_of``.
        sizes: their standard deviations (n).
        how: what counts as a change.

    Raises:
        DataError: an input never varies, so that no change of it has a size.
    """
    if still := int((~(sizes > 0)).sum()):
        raise DataError(f"{still} of the {len(sizes)} features whose change is to be summed up never vary")
    count, hidden = len(columns), gru.hidden
    rows = torch.arange(count)
    held, begun = rows, 3 * count
    for parameter in gru.parameters():
        parameter.zero_()
    into, over, bias = gru.weight_ih_l0, gru.weight_hh_l0, gru.bias_ih_l0
    update, new = hidden, 2 * hidden
    # What is held is new at every step: its update gate is shut. So is that of the 1, which is 0 before.
    bias[update + held] = -_SHUT
    into[new + held, columns] = (_SMALL / sizes).to(into)
    bias[update + begun] = -_SHUT
    bias[new + begun] = _SHUT
    for number, sign in ((1, 1.0), (2, -1.0)):
        sums = number * count + rows
        # A sum moves towards 1 as far as its update gate is open, which a change opens. Nothing is held at
        # the first step, and no change is known.
        bias[new + sums] = _SHUT
        bias[update + sums] = how.floor + _SHUT
        over[update + sums, begun] = -_SHUT
        into[update + sums, columns] = (-sign * how.gain / sizes).to(into)
        over[update + sums, held] = sign * how.gain / _SMALL


@torch.no_grad()
def look_where_it_changes(
    policy: GruPolicy, variances: Tensor, corners: Tensor, crop: int, patch: int
) -> None:
    """Set a policy so that the score of a place is how much the glance's maps have changed in its patch.

    It follows the channels that vary most, as many as maps are squeezed to. Before anything has changed it
    looks at the middle.

    Args:
        policy: is set in place.
        variances: of the channels of the maps (channels).
        corners: of the places, (y, x) in pixels (candidates, 2).
        crop: side of a frame in pixels.
        patch: side of a patch in pixels.

    Raises:
        ConfigError: encoded maps are not as long as the squeezed ones, or the state is too short.
        DataError: so many channels do not vary.
    """
    convolution, linear, actor = policy.state_encoder[0], policy.state_encoder[3], policy.actor[0]
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(linear, nn.Linear)
    assert isinstance(actor, nn.Linear)
    squeezed, cells = convolution.out_channels, linear.in_features
    side = isqrt(cells // squeezed)
    if linear.out_features != cells or inputs_of(policy.gru.hidden) < cells:
        raise ConfigError(
            f"a policy that sums up change wants 'encoded' of {cells}, {squeezed} channels of each of "
            f"{side} x {side} cells, and 'hidden' of {3 * cells + 1} or more"
        )
    channels = variances.argsort(descending=True, stable=True)[:squeezed]
    convolution.weight.zero_()
    convolution.weight[torch.arange(squeezed), channels, 0, 0] = 1
    linear.weight.copy_(torch.eye(cells))
    linear.bias.zero_()
    sizes = variances[channels].sqrt().repeat_interleave(side * side)
    sum_up_change(policy.gru, torch.arange(cells), sizes, OF_MAPS)
    inside = _overlaps(corners, crop / side, side, patch).flatten(1)
    _score(actor, inside.repeat(1, 2 * squeezed), corners - (crop - patch) / 2)


@torch.no_grad()
def _score(actor: nn.Linear, weights: Tensor, from_the_middle: Tensor) -> None:
    """Set the scores of places: weights (candidates, sums) of the sums, and a trifle for being near it."""
    actor.weight.zero_()
    actor.weight[:, weights.shape[1] // 2 : weights.shape[1] * 3 // 2] = weights.to(actor.weight)
    away = from_the_middle.square().sum(1)
    actor.bias.copy_(-_NEAR_THE_MIDDLE * away / max(1.0, float(away.max())))


def _overlaps(corners: Tensor, cell: float, side: int, patch: int) -> Tensor:
    """The share of each cell of a map that lies in each patch (candidates, side, side)."""
    edges = torch.arange(side) * cell
    begin, end = corners[..., None], corners[..., None] + patch
    along = (torch.minimum(end, edges + cell) - torch.maximum(begin, edges)).clamp(min=0) / cell
    return along[:, 0, :, None] * along[:, 1, None, :]
