import pytest
import torch

from models.uni_adafocus import UniOptions
from models.uni_policy import Choice, UniPolicySizes
from models.uni_video import PassOn, Sum, look_of, patches_of, video_sizes


def test_three_candidates_for_each_focus_frame() -> None:
    assert look_of(UniOptions(focus_frames=12)).candidates == 36
    assert look_of(UniOptions(focus_frames=12, candidates=24)).candidates == 24


def test_one_rectangle_for_all_chosen_frames() -> None:
    frames = torch.arange(2 * 4 * 3 * 8 * 8, dtype=torch.float32).reshape(2, 4, 3, 8, 8)
    empty = torch.zeros(2, 4)
    boxes = torch.tensor([[0.0, 0.0, 4.0, 4.0], [4.0, 3.0, 4.0, 4.0]])
    chosen = torch.tensor([[0, 2], [1, 3]])
    patches = patches_of(frames, Choice(empty, empty, empty, chosen, empty, boxes), 4)
    assert torch.equal(patches[0], frames[0, [0, 2], :, :4, :4])
    assert torch.equal(patches[1], frames[1, [1, 3], :, 4:, 3:7])


def test_a_policy_with_an_action_a_frame_is_of_the_other_system() -> None:
    with pytest.raises(ValueError, match=r"spatial_policy\.encoder\.9"):
        video_sizes(UniPolicySizes(each_frame=True))


def test_forms_of_the_classifier() -> None:
    one, two = torch.randn(2, 5), torch.randn(2, 5)
    assert torch.equal(Sum()(one, two), one + two)
    assert torch.equal(PassOn()(one), one)
