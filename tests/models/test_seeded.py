import torch

from models.seeded import seeded_state, shapes_of

SHAPES = {
    "conv.weight": (64, 16, 3, 3),
    "bn3.weight": (4000,),
    "bn.weight": (4000,),
    "bn.running_var": (4000,),
    "bn.running_mean": (4000,),
    "bn.num_batches_tracked": (),
}


def test_the_same_names_give_the_same_weights_in_any_order() -> None:
    first, second = seeded_state(SHAPES), seeded_state(dict(reversed(SHAPES.items())))
    assert all(torch.equal(first[name], second[name]) for name in SHAPES)
    assert not torch.equal(first["conv.weight"], seeded_state(SHAPES, "other")["conv.weight"])
    assert shapes_of(first) == SHAPES


def test_these_are_the_weights_they_always_were() -> None:
    # A change of the generator would silently change the bundle that comes with the package.
    drawn = seeded_state({"conv.weight": (2, 2)}, "default")["conv.weight"]
    torch.testing.assert_close(drawn, torch.tensor([[0.3998455, -1.9773561], [1.4512128, 0.4886257]]))


def test_scales() -> None:
    state = seeded_state(SHAPES)
    assert abs(state["conv.weight"].std().item() - (2 / 144) ** 0.5) < 0.002
    assert abs(state["bn.weight"].mean().item() - 1) < 0.01
    assert abs(state["bn3.weight"].mean().item() - 0.25) < 0.01
    assert state["bn.running_var"].min() >= 1
    assert state["bn.num_batches_tracked"].item() == 0
