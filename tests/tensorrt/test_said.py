import logging

import pytest

from foveate.tensorrt.said import Errors, collector
from tests.tensorrt.made import Library

LIBRARY = Library(lambda said, data: None)


def test_errors_are_logged_and_told_the_newest_first(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said = collector(LIBRARY)
    assert said.told() == "it does not say why"
    levels = LIBRARY.ILogger
    said.log(levels.INFO, "of no interest")
    said.log(levels.WARNING, "take care")
    for number in range(20):
        said.log(levels.ERROR, f"error {number}\nand more")
    said.log(levels.INTERNAL_ERROR, "")
    assert said.told() == "an error without a message; error 19; error 18"
    assert [(each.levelname, each.getMessage()) for each in caplog.records][:2] == [
        ("DEBUG", "take care"),
        ("ERROR", "error 0\nand more"),
    ]
    assert len(caplog.records) == 22
    said.clear()
    assert said.told() == "it does not say why"


def test_it_does_not_grow() -> None:
    errors = Errors()
    for number in range(1000):
        errors.add(str(number))
    assert len(errors._kept) < 10


def test_the_library_takes_it_for_a_logger() -> None:
    library = pytest.importorskip("tensorrt_rtx_bindings")
    said = collector(library)
    said.log(library.ILogger.ERROR, "an error")
    said.log(library.ILogger.VERBOSE, "a detail")
    assert said.told() == "an error"
