import json
import logging
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from server.logs import Facts, JsonLines, LogfmtLines, LogFormat, facts, set_up

AWKWARD = 'a "b"\\ c=d\n\u0085ts=1\x1b[31m'


def record(said: object, *args: object, failed: BaseException | None = None) -> logging.LogRecord:
    info = None if failed is None else (type(failed), failed, failed.__traceback__)
    made = logging.LogRecord("foveate.some", logging.WARNING, "", 0, said, args, info)
    made.created = 1764354102.5
    return made


def failure(text: str) -> BaseException:
    try:
        raise ValueError(text)
    except ValueError as error:
        return error


def test_a_line_of_pairs() -> None:
    said = facts(msg="stopping", path="/a", ms=12.0, share=0.25, none=None, failed=False, empty="")
    assert LogfmtLines().format(record(said)) == (
        "ts=2025-11-28T18:21:42.500Z level=WARNING logger=foveate.some msg=stopping path=/a ms=12 share=0.25 "
        'none=- failed=false empty=""'
    )


def test_a_line_of_json() -> None:
    said = facts(msg="stopping", path=AWKWARD, ms=12.0, none=None, failed=False)
    line = JsonLines().format(record(said))
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == {
        "ts": "2025-11-28T18:21:42.500Z",
        "level": "WARNING",
        "logger": "foveate.some",
        "msg": "stopping",
        "path": AWKWARD,
        "ms": 12.0,
        "none": None,
        "failed": False,
    }


@pytest.mark.parametrize("awkward", [AWKWARD, "a b", "a=b", "\u00e9", "\t", "'"])
def test_a_value_ends_where_it_should(awkward: str) -> None:
    line = LogfmtLines().format(record(facts(path=awkward, status=200)))
    assert line.isascii()
    assert line.isprintable()
    found = re.fullmatch(r'.* path=("(?:[^"\\]|\\.)*"|[^ "=]+) status=200', line)
    assert found is not None
    assert (json.loads(found[1]) if found[1].startswith('"') else found[1]) == awkward


def test_texts_of_others_are_one_value() -> None:
    line = LogfmtLines().format(record("%d bytes of %s", 3, "a\nb"))
    assert line.endswith(r'msg="3 bytes of a\nb"')
    assert json.loads(JsonLines().format(record("%d bytes", 3)))["msg"] == "3 bytes"


def test_a_traceback_is_told_and_forges_no_line() -> None:
    failed = failure("first\nts=2025 forged\u0085ts=2026 too")
    first, *rest = LogfmtLines().format(record("it failed", failed=failed)).splitlines()
    assert first.endswith('msg="it failed"')
    assert rest
    assert all(line.startswith("  ") for line in rest)
    told = json.loads(JsonLines().format(record("it failed", failed=failed)))
    assert "ValueError: first\nts=2025 forged" in told["exception"]


def test_facts_are_text_where_nothing_of_ours_writes_them() -> None:
    assert str(Facts({"msg": "draining", "for_s": 30.0})) == "msg=draining for_s=30"


@contextmanager
def bare_root() -> Iterator[None]:
    """The root logger without what the tests' own runner put there."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


@pytest.mark.parametrize("form", ["json", "logfmt"])
def test_everything_goes_to_standard_error(form: LogFormat, capsys: pytest.CaptureFixture[str]) -> None:
    with bare_root():
        set_up("warning", form)
        logging.getLogger("some").info("not this")
        logging.getLogger("some").warning("but %s", "this")
    shown = capsys.readouterr()
    (line,) = shown.err.splitlines()
    assert shown.out == ""
    said = json.loads(line)["msg"] if form == "json" else shlex.split(line)[-1]
    assert said in ("but this", "msg=but this")
