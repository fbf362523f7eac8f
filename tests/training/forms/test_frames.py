import torch

from models.adafocus import AdaFocus
from models.classifier import GruClassifier
from tests.training.forms.nets import form, network


def test_frames_enter_in_the_order_of_the_network() -> None:
    assert form("adafocus").geometry.focuses == (0, 1, 2)
    assert form("adafocus-v2").geometry.focuses == (1, 0, 2)


def test_dropout_is_of_the_state_where_there_is_one() -> None:
    net = network("adafocus")
    assert isinstance(net, AdaFocus)
    assert isinstance(net.classifier, GruClassifier)
    made = form("adafocus", net)
    vectors, local = torch.rand(2, 3, 16), torch.rand(2, 3, 128)
    torch.manual_seed(1)
    dropped = made.answers(vectors, local, 0.5)
    torch.manual_seed(1)
    states = torch.nn.functional.dropout(net.classifier.gru(torch.cat([vectors, local], 2)), 0.5)
    torch.testing.assert_close(dropped, net.classifier.fc(states))
    assert not torch.allclose(dropped, made.answers(vectors, local))
