import torch

from export.transform import preprocessing, whole_frame, whole_frames


def test_the_published_transform_and_the_same_ratio_for_another_crop() -> None:
    rules = preprocessing(224)
    assert (rules.short_side, rules.crop, rules.resize.value) == (256, 224, "pillow-bilinear")
    assert (preprocessing(96).short_side, preprocessing(96).crop) == (109, 96)


def test_a_whole_frame_as_a_plan_and_a_network_say_it() -> None:
    frame = whole_frame(96)
    assert (frame.y, frame.x, frame.height, frame.width) == (0, 0, 96, 96)
    assert whole_frames(torch.zeros(2, 5, 3, 96, 96), 1).tolist() == [[[0, 0, 96, 96]]] * 2
