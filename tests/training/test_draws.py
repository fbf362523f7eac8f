import numpy as np
import pytest
import torch

from training.draws import Draws


def test_every_video_comes_once_an_epoch_in_another_order_each_time() -> None:
    draws = Draws(1, 0)
    first, second = (
        np.concatenate([draws.batch(step, 12, 4) for step in range(3 * e, 3 * e + 3)]) for e in range(2)
    )
    for order in (first, second):
        assert sorted(order) == list(range(12))
    assert not np.array_equal(first, second)


def test_a_batch_is_never_larger_than_the_data() -> None:
    assert sorted(Draws(1, 0).batch(5, 3, 8)) == [0, 1, 2]


@pytest.mark.parametrize("other", [Draws(2, 0), Draws(1, 1)])
def test_steps_are_repeatable_and_differ_from_all_others(other: Draws) -> None:
    draws = Draws(1, 0)

    def drawn(which: Draws, step: int) -> tuple[float, float]:
        return float(which.step(step).random()), float(torch.rand(()))

    first = drawn(draws, 7)
    assert drawn(draws, 7) == first
    for stranger in (drawn(draws, 8), drawn(other, 7)):
        assert stranger[0] != first[0]
        assert stranger[1] != first[1]


def test_a_stages_own_layers_begin_alike() -> None:
    values = []
    for _ in range(2):
        Draws(1, 2).initial()
        values.append(float(torch.rand(())))
    assert values[0] == values[1]
