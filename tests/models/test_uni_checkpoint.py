import pytest
from torch import nn

from foveate.errors import CheckpointError
from models.uni_adafocus import UniOptions
from models.uni_checkpoint import built, check_options, renamed
from models.uni_policy import UniPolicySizes


def test_the_first_beginning_counts() -> None:
    assert renamed("glance.net.conv", {"glance.net.": "a.", "glance.": "b."}) == "a.conv"


def test_a_resized_glance_may_have_any_crop() -> None:
    sizes = UniPolicySizes(map_side=5)
    check_options(sizes, UniOptions(), reduction=0)
    with pytest.raises(CheckpointError, match="no map of side 5"):
        check_options(sizes, UniOptions())


def test_options_that_no_network_can_have_are_named() -> None:
    def make() -> nn.Module:
        raise ValueError("too many frames")

    with pytest.raises(CheckpointError, match="do not fit the checkpoint: too many frames"):
        built(make, {})
