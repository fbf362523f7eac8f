"""Trained networks of AdaFocusV2 and AdaFocusV2-TSM, exported and served: each answer is theirs."""

import pytest

from tests.integration.trained import GROUPS, Trained, assert_answers_as_trained

SYSTEMS = GROUPS["v2"]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_trained_network_is_served(trained: Trained, system: str) -> None:
    assert_answers_as_trained(trained, system)
