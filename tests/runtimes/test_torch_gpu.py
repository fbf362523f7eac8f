import pytest
import torch

from foveate.errors import ConfigError
from foveate.runtimes.torch_gpu import make
from foveate.runtimes.wish import Wish


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_a_gpu_it_cannot_be_had() -> None:
    with pytest.raises(ConfigError, match="GPU"):
        make(Wish(), "asked for", ())
