from typing import Any

import pytest

from foveate.bundle.check_exits import can_stop, check_exits
from foveate.bundle.manifest import Manifest
from foveate.errors import BundleError
from tests.engine.parts import exits
from tests.engine.systems import ALL, dense, skipping, uni_tsm, v2_exits


def test_who_can_stop() -> None:
    found = {name for name, make in ALL.items() if can_stop(make())}
    assert found == set(ALL) - {"dense"}


def test_what_was_not_calibrated_is_well() -> None:
    check_exits(uni_tsm().model_copy(update={"exits": None}))


def changed(**change: Any) -> Manifest:
    """A manifest of two answers, which cost 2401 and 12052, with something changed in its setting."""
    data = uni_tsm().model_dump(mode="json")
    data["exits"]["settings"][0] |= change
    return Manifest.model_validate(data)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"thresholds": [0.0] * 3}, "settings.0 has not one threshold and share for 2 answers"),
        ({"shares": [1.0]}, "settings.0 has not one threshold and share for 2 answers"),
        ({"thresholds": [float("nan"), 0.0]}, "settings.0 has a threshold that is no finite number"),
        ({"shares": [0.5, 0.4]}, "settings.0 has shares that do not sum to 1"),
        ({"shares": [-0.5, 1.5]}, "settings.0 has shares that do not sum to 1"),
        ({"multiply_adds": 7000.0}, r"settings.0 costs 7000, and its shares of cost.nominal 7226"),
        ({"accuracy": 74.8}, "settings.0 has an accuracy that is no share"),
    ],
)
def test_a_setting_that_does_not_fit(change: dict[str, Any], message: str) -> None:
    check_exits(changed(accuracy=0.748))
    with pytest.raises(BundleError, match=message):
        check_exits(changed(**change))


def test_where_patches_are_dropped_a_setting_may_cost_less() -> None:
    data = skipping(4).model_dump(mode="json")
    focus = data["networks"]["focus"]["forms"]["whole"]["multiply_adds"]
    nominal = data["cost"]["nominal"]
    data["exits"] = exits(nominal)
    most = data["exits"]["settings"][0]["multiply_adds"]
    # A quarter of the videos at each of four answers: 2.5 patches in the mean.
    least = most - 2.5 * focus
    for mean in (most, least, (least + most) / 2):
        data["exits"]["settings"][0]["multiply_adds"] = mean
        check_exits(Manifest.model_validate(data))
    for mean in (least - 1, most + 1, float("nan")):
        data["exits"]["settings"][0]["multiply_adds"] = mean
        with pytest.raises(BundleError, match=rf"{least:.0f} \(every patch dropped\) to {most:.0f} \(none\)"):
            check_exits(Manifest.model_validate(data))


def test_a_default_beyond_the_settings() -> None:
    data = uni_tsm().model_dump(mode="json")
    data["exits"]["default"] = 1
    with pytest.raises(BundleError, match="names none of the 1 settings"):
        check_exits(Manifest.model_validate(data))


def test_costs_must_rise() -> None:
    data = v2_exits().model_dump(mode="json")
    data["exits"]["settings"] *= 2
    with pytest.raises(BundleError, match="not in order of rising cost"):
        check_exits(Manifest.model_validate(data))


def test_exits_of_what_cannot_stop() -> None:
    data = dense().model_dump(mode="json") | {"exits": exits(list(dense().cost.nominal))}
    with pytest.raises(BundleError, match="no video can stop before its last answer"):
        check_exits(Manifest.model_validate(data))
