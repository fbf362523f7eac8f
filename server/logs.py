"""The log: a line an event, of key=value pairs or of JSON, its time in UTC."""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Value = str | int | float | bool | None
LogFormat = Literal["logfmt", "json"]

_BARE = re.compile(r"[!#-<>-\[\]-~]+")
"""Printable ASCII without spaces, quotes, equals signs and backslashes: means the same unquoted."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a line says, by name. Given to a logger in the place of a text.

    Attributes:
        values: in their order; ``msg`` is the name that other lines have their text under.
    """

    values: Mapping[str, Value]

    def __str__(self) -> str:
        return " ".join(_pairs(self.values))


def facts(**values: Value) -> Facts:
    """What a line shall say: ``log.info(facts(msg="stopping", requests_in_flight=3))``."""
    return Facts(values)


def set_up(level: str, form: LogFormat) -> None:
    """Have everything that is logged written to standard error.

    Args:
        level: name of the least level that is.
        form: of the lines.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else LogfmtLines())
    logging.basicConfig(level=level.upper(), handlers=[handler])


class LogfmtLines(logging.Formatter):
    """Lines of key=value pairs; a traceback follows on lines of its own, which begin with spaces."""

    def format(self, record: logging.LogRecord) -> str:
        """A line, or several."""
        line = " ".join(_pairs(_facts_of(record)))
        if not record.exc_info:
            return line
        # An exception's text may hold what a client sent, and must not look like a line of the log.
        trace = self.formatException(record.exc_info).splitlines()
        return "\n".join([line, *(f"  {part}" for part in trace)])


class JsonLines(logging.Formatter):
    """Lines of one JSON object each; a traceback is its ``exception``."""

    def format(self, record: logging.LogRecord) -> str:
        """A line."""
        told = _facts_of(record)
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told)


def _facts_of(record: logging.LogRecord) -> dict[str, Value]:
    """Everything that a record says, in the order in which it is written."""
    time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    head = {"ts": time.replace("+00:00", "Z"), "level": record.levelname, "logger": record.name}
    said = record.msg.values if isinstance(record.msg, Facts) else {"msg": record.getMessage()}
    return {**head, **said}


def _pairs(values: Mapping[str, Value]) -> Iterator[str]:
    for name, value in values.items():
        yield f"{name}={_quoted(value)}"


def _quoted(value: Value) -> str:
    """A value that ends where it should, whatever is in it; ``-`` for none."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value).removesuffix(".0") if isinstance(value, float) else str(value)
    return text if _BARE.fullmatch(text) else json.dumps(text)
