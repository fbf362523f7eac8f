"""Where gradients go: what the tests of the methods share."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from tests.training.end_to_end.tiny import TINY, bright
from training.end_to_end.method import Method
from training.frame_lists import frame_lists
from training.networks import normalised


def gradients(method: Method, system: str) -> None:
    """One backward pass on four videos."""
    lists = frame_lists(TINY[system])
    data = bright(lists, 4)
    frames = normalised(np.asarray(data.pools), torch.device("cpu"))
    pool = torch.stack([lists.seen_of(video) for video in frames])
    for module, _ in method.groups():
        module.train()
    torch.manual_seed(0)
    loss, _ = method.loss(pool, torch.from_numpy(data.labels), np.random.default_rng(0))
    torch.autograd.backward(loss)


def moved(module: nn.Module) -> float:
    """The largest gradient of a network, 0 where none reaches it."""
    found = [value.grad.abs().max() for value in module.parameters() if value.grad is not None]
    return float(torch.stack(found).max()) if found else 0.0


@torch.no_grad()
def silence(*layers: nn.Module) -> None:
    """Layers give nothing, so that nothing is passed back through them."""
    for layer in layers:
        for value in layer.parameters():
            value.zero_()


@contextmanager
def inputs(module: nn.Module) -> Iterator[list[Tensor]]:
    """What a network is given."""
    given: list[Tensor] = []
    hook = module.register_forward_pre_hook(lambda _, arguments: given.append(arguments[0]))
    yield given
    hook.remove()
