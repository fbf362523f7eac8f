import pytest
import torch

from models.classifier import Classifier, GruClassifier, MeanClassifier


def make(kind: str) -> Classifier:
    torch.manual_seed(0)
    return (GruClassifier(6, 4, 3) if kind == "gru" else MeanClassifier(6, 3)).eval()


@pytest.mark.parametrize("kind", ["gru", "mean"])
def test_steps_are_the_sequence(kind: str) -> None:
    network, features = make(kind), torch.randn(2, 5, 6)
    whole = network(features)
    state = torch.zeros(2, network.state_size)
    for step in range(5):
        answer, state = network.step(features[:, step], state, torch.full((2,), step))
        torch.testing.assert_close(answer, whole[:, step])


def test_the_mean_is_of_probabilities() -> None:
    network, features = make("mean"), torch.randn(2, 5, 6)
    probabilities = torch.softmax(network.fc(features), 2)
    for step in range(5):
        wanted = probabilities[:, : step + 1].mean(1)
        torch.testing.assert_close(network(features)[:, step].exp(), wanted)


def test_a_probability_that_underflows_stays_finite() -> None:
    network = make("mean")
    assert torch.isfinite(network(torch.full((1, 2, 6), 1e4))).all()
