import torch
from torch import nn

from models.adafocus_v2_policy import PlacePolicy, PlacePolicySizes
from models.map_encoder import EncoderSizes
from tests.models.small_networks import noise, seeded


def policy() -> PlacePolicy:
    return seeded(PlacePolicy(PlacePolicySizes(EncoderSizes(6, 2, 3, 8), hidden=5)))


def test_the_states_are_those_of_a_gru_over_the_encoded_maps() -> None:
    network, maps = policy(), noise(2, 4, 6, 2, 2)
    gru = nn.GRU(8, 5, batch_first=True)
    gru.load_state_dict(network.gru.state_dict())
    with torch.inference_mode():
        scores, states, encoded = network(maps)
        torch.testing.assert_close(encoded, network.encoder(maps.flatten(0, 1)).reshape(2, 4, 8))
        torch.testing.assert_close(states, gru(encoded)[0])
        torch.testing.assert_close(scores, network.fc(states))


def test_steps_one_by_one_give_the_whole() -> None:
    network, maps = policy(), noise(2, 4, 6, 2, 2)
    state = torch.zeros(2, 5)
    with torch.inference_mode():
        scores, states, _ = network(maps)
        for step in range(4):
            score, state = network.step(maps[:, step], state)
            torch.testing.assert_close(score, scores[:, step])
            torch.testing.assert_close(state, states[:, step])
