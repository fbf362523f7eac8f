import torch
from torch import nn

from export.precision import element_type, in_precision


def test_half_precision_rounds_a_copy() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)).eval()
    half = in_precision(network, "fp16")
    assert element_type(half) is torch.float16
    assert element_type(network) is torch.float32
    assert element_type(in_precision(network, "fp32")) is torch.float32


def test_a_weight_is_rounded_once_after_folding() -> None:
    network = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.BatchNorm2d(1)).eval()
    with torch.no_grad():
        network.get_parameter("0.weight").fill_(1 / 3)
        network.get_buffer("1.running_var").fill_(7.0)
    wanted = (torch.tensor(1 / 3) / torch.sqrt(torch.tensor(7.0 + 1e-5))).half()
    assert in_precision(network, "fp16").get_parameter("0.weight").item() == wanted.item()
