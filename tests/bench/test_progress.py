import io

from foveate.bench.progress import Progress, window_line
from tests.bench.made import BUSY, RULES, record, window


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, quiet: bool = False) -> str:
    progress = Progress(stream, quiet)
    progress.show("half")
    progress.done("whole")
    return stream.getvalue()


def test_a_terminal_has_one_line_that_renews_itself() -> None:
    assert shown(Terminal()) == "\r\x1b[Khalf\r\x1b[Kwhole\n"
    assert Progress(Terminal(), False).live


def test_a_file_gets_finished_lines_only() -> None:
    assert shown(io.StringIO()) == "whole\n"
    assert not Progress(io.StringIO(), False).live


def test_quiet() -> None:
    assert shown(Terminal(), quiet=True) == ""
    assert not Progress(Terminal(), True).live


def test_a_window_in_a_line() -> None:
    line = window_line("rate 2/s", 3, window([record(0.5), record(reply=BUSY)], seconds=2), RULES)
    assert line == "rate 2/s  window 3: 0.50/s, p95 500.0 ms, 1 failed"
    assert window_line("rate 2/s", 1, window([]), RULES) == "rate 2/s  window 1: 0.00/s, -"
