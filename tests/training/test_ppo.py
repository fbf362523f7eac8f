import math

import pytest
import torch

from training.ppo import log_probability, ppo_loss, returns, rewards


def test_the_three_rewards() -> None:
    chosen, random = torch.tensor([[0.2, 0.5, 0.9]]), torch.tensor([[0.1, 0.5, 0.4]])
    torch.testing.assert_close(rewards("gain", chosen, random), torch.tensor([[0.1, 0.0, 0.5]]))
    torch.testing.assert_close(rewards("increment", chosen, None), torch.tensor([[0.2, 0.3, 0.4]]))
    assert torch.equal(rewards("confidence", chosen, None), chosen)
    with pytest.raises(ValueError, match="random"):
        rewards("gain", chosen, None)


def test_returns_are_discounted_sums_of_mean_zero_and_deviation_one() -> None:
    found = returns(torch.tensor([[1.0, 2.0], [0.0, 4.0]]), 0.5)
    plain = torch.tensor([[2.0, 2.0], [2.0, 4.0]])
    torch.testing.assert_close(found, (plain - 2.5) / (plain.std() + 1e-5))


def test_log_probability_is_the_normal_distributions() -> None:
    actions, means = torch.rand(3, 2, 2), torch.rand(3, 2, 2)
    wanted = torch.distributions.Normal(means, 0.25).log_prob(actions)  # type: ignore[no-untyped-call]
    torch.testing.assert_close(log_probability(actions, means, 0.25), wanted.sum(-1))


def test_the_loss_pushes_towards_what_was_worth_more_and_no_further_than_the_clip() -> None:
    old, values = torch.zeros(1, 2), torch.zeros(1, 2)
    wanted = torch.tensor([[1.0, -1.0]])
    near = torch.zeros(1, 2, requires_grad=True)
    torch.autograd.backward(ppo_loss(near, old, wanted, values, 0.2, 0.5))
    assert near.grad is not None
    assert near.grad[0, 0] < 0 < near.grad[0, 1]
    far = torch.tensor([[math.log(1.5), math.log(0.5)]], requires_grad=True)
    torch.autograd.backward(ppo_loss(far, old, wanted, values, 0.2, 0.5))
    assert far.grad is not None
    assert torch.equal(far.grad, torch.zeros(1, 2))


def test_the_critic_learns_the_returns() -> None:
    values = torch.zeros(1, 2, requires_grad=True)
    wanted = torch.tensor([[1.0, -1.0]])
    torch.autograd.backward(ppo_loss(torch.zeros(1, 2), torch.zeros(1, 2), wanted, values, 0.2, 0.5))
    assert values.grad is not None
    torch.testing.assert_close(values.grad, torch.tensor([[-0.5, 0.5]]))
