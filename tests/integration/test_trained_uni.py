"""Trained networks of Uni-AdaFocus in its three forms, exported and served: each answer is theirs."""

from collections.abc import Iterator

import pytest

from tests.integration.trained import GROUPS, Trained, assert_answers_as_trained, served

SYSTEMS = GROUPS["uni"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    with served(tmp_path_factory, SYSTEMS) as found:
        yield found


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_trained_network_is_served(trained: Trained, system: str) -> None:
    assert_answers_as_trained(trained, system)
