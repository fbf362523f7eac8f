"""Served throughput: what can be seen of it without serving."""

import sys

import pytest

from benchmarks.served import main


def test_a_bundle_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["served", "--bundle", "/nowhere"])
    assert main() == 1
    error = capsys.readouterr().err
    assert error == "benchmarks.served: there is no bundle at /nowhere: it is not a folder\n"
