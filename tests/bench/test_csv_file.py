import csv

import pytest

from foveate.bench.csv_file import csv_of
from tests.bench.made import BUSY, answer, level, record, report, window


def test_a_row_a_level() -> None:
    with_decode = level(window([record(0.1, label=1)] * 50), load=1)
    refused = level(window([record(reply=BUSY)]), kind="rate", load=2.5, steady=False)
    first, second = csv.DictReader(csv_of(report(with_decode, refused)).splitlines())
    assert (first["kind"], first["load"], first["steady"]) == ("concurrency", "1.0", "True")
    assert float(first["throughput_per_s"]) == 5
    assert float(first["latency_p99_ms"]) == pytest.approx(100)
    assert (first["server_decode_mean_ms"], first["server_decode_p50_ms"]) == ("50.0", "50.0")
    assert (first["giga_multiply_adds"], first["giga_multiply_adds_nominal"]) == ("2.0", "3.0")
    assert (first["labelled"], first["top1"], first["offered_per_s"]) == ("50", "1.0", "")
    assert (second["load"], second["answered"], second["refused"]) == ("2.5", "0", "1")
    assert second["latency_p50_ms"] == second["server_decode_mean_ms"] == second["top1"] == ""
    assert "unstable" in second["warnings"]
    assert second["retry_after_mean_s"] == "2.0"


def test_the_columns_are_those_of_all_levels() -> None:
    other = level(window([record(reply=answer(stages_ms={"policy": 1.0}))]))
    first, second = csv.DictReader(csv_of(report(level(window([record()])), other)).splitlines())
    assert first.keys() == second.keys() >= {"server_decode_p99_ms", "server_policy_p99_ms"}


def test_nothing_measured_is_nothing_written() -> None:
    assert csv_of(report()) == ""
