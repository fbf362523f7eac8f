import numpy as np
import torch

from export.golden import GoldenSet
from export.golden_adafocus import adafocus_case, adafocus_tsm_case, adafocus_v2_case, two_lists, whole_arrays
from export.golden_case import NetworkRun

EMPTY = NetworkRun({}, np.zeros(1))


def golden_of(config: dict[str, object], given: dict[str, object]) -> GoldenSet:
    spec = {"config": config, "input": given}
    return GoldenSet(spec, {}, lambda *_: np.zeros(1), lambda *_: np.zeros(1, np.uint8))


def test_what_is_predicted_depends_on_the_consensus() -> None:
    answers = np.log(np.arange(1, 13, dtype=np.float32)).reshape(2, 3, 2)
    recurrent = adafocus_case().answers(golden_of({"consensus": "gru"}, {}), answers, EMPTY)
    assert recurrent["logits"].shape == (6, 2)
    assert np.array_equal(recurrent["pred"], answers[:, -1])
    mean = adafocus_case().answers(golden_of({"consensus": "fc"}, {}), answers, EMPTY)
    assert np.array_equal(mean["logits"], answers[:, -1])
    np.testing.assert_allclose(mean["pred"], [[5, 6], [11, 12]], rtol=1e-6)


def test_corners_of_each_step_or_of_the_video() -> None:
    rectangles = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    assert adafocus_v2_case().planned(np.zeros((2, 3)), rectangles)["corners"].shape == (2, 3, 2)
    assert adafocus_tsm_case().planned(np.zeros((2, 3)), rectangles)["corners"].shape == (2, 1, 2)


def test_pools_are_the_sets_own() -> None:
    golden = golden_of({}, {"glance_frames": [1, 4], "focus_frames": [0, 2, 4], "shape": [1, 5]})
    assert two_lists(golden) == [1, 4, 0, 2, 4]
    assert adafocus_case().pool(golden) == [0, 1, 2, 3, 4]


def test_only_tensors_are_arrays() -> None:
    class Output:
        pred = torch.zeros(2)
        heads = None

    assert list(whole_arrays(Output(), ["pred", "heads", "other"])) == ["pred"]
