import pytest
import torch
from torch import nn

from models.adafocus_tsm_policy import VideoPolicy, VideoPolicySizes
from tests.models.small_networks import STACKED, noise, seeded


@pytest.mark.parametrize("norms", [True, False])
def test_the_state_is_one_step_of_a_gru_from_zero(norms: bool) -> None:
    policy = seeded(VideoPolicy(VideoPolicySizes(STACKED, norms, hidden=6, outputs=3)))
    maps = noise(2, 4, 16, 2, 2)
    gru = nn.GRU(STACKED.encoded, 6, batch_first=True)
    gru.load_state_dict(policy.gru.state_dict())
    with torch.inference_mode():
        scores, state = policy(maps)
        wanted, _ = gru(policy.state_encoder(maps.reshape(2, 64, 2, 2))[:, None])
        torch.testing.assert_close(state, wanted[:, 0])
        torch.testing.assert_close(scores, policy.actor(state))
    assert scores.shape == (2, 3)


def test_without_norms_the_encoder_has_two_layers_with_weights() -> None:
    with_norms = VideoPolicy(VideoPolicySizes(STACKED)).state_dict()
    without = VideoPolicy(VideoPolicySizes(STACKED, norms=False)).state_dict()
    assert {name.split(".")[1] for name in with_norms if name.startswith("state_encoder")} == set("0145")
    assert {name.split(".")[1] for name in without if name.startswith("state_encoder")} == set("03")
