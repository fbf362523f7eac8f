import torch

from tests.training.forms.nets import form


def test_one_place_serves_all_patches() -> None:
    geometry = form("adafocus-tsm").geometry
    assert (geometry.glances, geometry.focuses) == ((0, 1, 2), (3, 4, 5, 6))
    assert (geometry.decisions, geometry.each, geometry.free) == (1, 4, 32)


def test_the_policy_chooses_between_pixels_or_from_a_table() -> None:
    scores = torch.full((1, 2), 0.3)
    free = torch.sigmoid(scores) * 32
    made = form("adafocus-tsm").choice
    assert torch.equal(made.corners(made.best(scores)), free.floor())
    table = form("adafocus-tsm places").choice
    assert table.corners(torch.tensor([24])).tolist() == [[32.0, 32.0]]


def test_dropout_is_of_the_focus_features() -> None:
    made = form("adafocus-tsm")
    vectors, local = torch.rand(2, 3, 16), torch.rand(2, 4, 128)
    torch.manual_seed(1)
    dropped = made.answers(vectors, local, 0.5)
    torch.manual_seed(1)
    wanted = made.answers(vectors, torch.nn.functional.dropout(local, 0.5))
    torch.testing.assert_close(dropped, wanted)
