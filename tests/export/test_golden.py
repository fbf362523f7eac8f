from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from export.golden import GoldenSet, load_golden, thin
from foveate.bundle.load import Bundle
from foveate.errors import ConfigError
from tests.export.chain import run_chain


def check(bundle: Bundle, golden: GoldenSet) -> None:
    found = run_chain(bundle, golden.frames().numpy())
    for name in golden.arrays:
        if name != "input":
            error = golden.error(name, getattr(found, name))
            assert error <= golden.tolerance(name), f"{name} differs by {error}"


def test_the_graphs_meet_the_golden_set_of_the_recurrent_classifier(shared: Path, published: Bundle) -> None:
    check(published, load_golden(shared / "golden", "adafocus-v1-p128"))


def test_the_graphs_meet_the_golden_set_of_the_mean(shared: Path, published_mean: Bundle) -> None:
    check(published_mean, load_golden(shared / "golden", "adafocus-v1-fc-p96"))


def test_the_checkpoint_has_every_published_entry(shared: Path) -> None:
    golden = load_golden(shared / "golden", "adafocus-v1-fc-p96")
    content = golden.checkpoint()
    assert content.keys() == golden.spec["checkpoint_layout"]["keys"].keys()
    assert len(content["model_state_dict"]) == len(golden.spec["state_dict"])
    assert "net.features.0.0.weight" in content["glancer"]
    assert "param_groups" in content["optimizer"]
    assert isinstance(content["epoch"], int)


def test_a_wrong_array_has_an_error(shared: Path) -> None:
    golden = load_golden(shared / "golden", "adafocus-v1-fc-p96")
    corners = golden.arrays["corners"].copy()
    assert golden.error("corners", corners) == 0
    corners[0, 0, 0] += 1
    assert golden.error("corners", corners) == 1
    assert golden.error("corners", corners[:1]) == float("inf")


def test_thinning_reads_pythons_index() -> None:
    array = np.arange(2 * 6 * 8).reshape(2, 6, 8)
    assert np.array_equal(thin(array, "[..., ::2, ::4]"), array[..., ::2, ::4])
    assert np.array_equal(thin(array, "[...]"), array)
    assert np.array_equal(thin(array, "[:, 1:3]"), array[:, 1:3])


def test_slack_is_for_what_is_not_exact() -> None:
    arrays = {"logits": np.array([-4.0, 2.0]), "small": np.array([0.5]), "corners": np.array([96.0])}
    spec = {"arrays": {"logits": {"atol": 1e-3}, "small": {"atol": 1e-3}, "corners": {"atol": 0.0}}}
    golden = GoldenSet(spec, arrays, lambda *_: np.zeros(1), lambda *_: np.zeros(1, np.uint8))
    assert [golden.tolerance(name) for name in arrays] == [1e-3, 1e-3, 0.0]
    loose = replace(golden, slack=0.01)
    assert [loose.tolerance(name) for name in arrays] == [0.04, 0.01, 0.0]


def test_a_set_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no golden set nothing"):
        load_golden(tmp_path, "nothing")


def test_thinning_takes_one_of_an_axis() -> None:
    array = np.arange(2 * 6 * 8).reshape(2, 6, 8)
    assert np.array_equal(thin(array, "[:, 1]"), array[:, 1])
    assert np.array_equal(thin(array, "[..., -1]"), array[..., -1])
    assert thin(array, "[0, 1, 2]").shape == ()
