"""Which form a network has."""

from torch import nn

from models.adafocus import AdaFocus
from models.adafocus_plus import AdaFocusPlus
from models.adafocus_tsm import AdaFocusTsm
from models.adafocus_v2 import AdaFocusV2
from training.forms.base import Form
from training.forms.frames import adafocus_form, adafocus_v2_form
from training.forms.video import VideoForm


def form_of(network: nn.Module, frames: int) -> Form | None:
    """How the stages of AdaFocus see a network; None for one that they do not train.

    Args:
        network: of any system.
        frames: of a video, which not every network tells.
    """
    if isinstance(network, AdaFocusPlus):
        return adafocus_form(network.base, frames)
    if isinstance(network, AdaFocus):
        return adafocus_form(network, frames)
    if isinstance(network, AdaFocusV2):
        return adafocus_v2_form(network)
    if isinstance(network, AdaFocusTsm):
        return VideoForm(network)
    return None
