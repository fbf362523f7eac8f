"""What a request may spend, over HTTP."""

import httpx
import pytest

from tests.server.live import assert_problem
from tests.server.routes.test_videos import post


def test_a_budget_makes_fewer_answers(client: httpx.Client, clip: bytes) -> None:
    answer = post(client, clip, max_gflops=0.7).json()["compute"]
    assert answer["gflops_nominal"] <= 0.7
    assert (answer["answers"], answer["exit"]) == (4, "budget")
    assert answer["saving_of_full"] == pytest.approx(0.75)


def test_a_budget_chooses_a_setting_of_a_model_with_exits(client: httpx.Client, clip: bytes) -> None:
    full = post(client, clip, model="with-exits").json()["compute"]
    little = post(client, clip, model="with-exits", max_gflops=1).json()["compute"]
    assert (full["answers"], full["exit"]) == (16, "complete")
    assert (little["answers"], little["exit"]) == (1, "confidence")
    assert little["gflops"] < full["gflops"]
    assert full["exit_setting"]["number"] == 1
    cheap = {
        "number": 0,
        "measure": "largest-logit",
        "gflops_mean": little["gflops_nominal"],
        "accuracy": None,
    }
    assert little["exit_setting"] == cheap


def test_the_full_answer_of_a_model_with_exits(client: httpx.Client, clip: bytes) -> None:
    compute = post(client, clip, model="with-exits", compute_share=1).json()["compute"]
    assert (compute["answers"], compute["exit"], compute["exit_setting"]) == (16, "complete", None)


def test_a_share_of_a_model_without_exits(client: httpx.Client, clip: bytes) -> None:
    compute = post(client, clip, compute_share=0.5).json()["compute"]
    assert (compute["answers"], compute["exit"], compute["exit_setting"]) == (8, "budget", None)
    assert compute["saving_of_full"] == pytest.approx(0.5)


def test_two_budgets_are_refused(client: httpx.Client, clip: bytes) -> None:
    problem = assert_problem(post(client, clip, compute_share=0.5, max_gflops=1), 400, "bad-parameter")
    assert [error["parameter"] for error in problem["errors"]] == ["max_gflops", "compute_share"]
