"""Trained networks of AdaFocus, AdaFocus+ and AdaFocus-TSM, exported and served: each answer is theirs."""

import pytest

from tests.integration.trained import GROUPS, Trained, assert_answers_as_trained

SYSTEMS = GROUPS["original"]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_trained_network_is_served(trained: Trained, system: str) -> None:
    assert_answers_as_trained(trained, system)
