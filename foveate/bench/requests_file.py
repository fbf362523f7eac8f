"""Every request of a measurement as a line of JSON, for figures that the report does not have."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from foveate.bench.journal import Record
from foveate.bench.level import Measured
from foveate.bench.plan import LevelPlan
from foveate.bench.reply import Answer, Failure
from foveate.bench.stability import ENOUGH
from foveate.errors import ConfigError

Write = Callable[[LevelPlan, Measured], None]
"""Writes the requests of a level."""


class RequestLine(BaseModel):
    """A request that ended in a window; what does not apply is null."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = Field(description="Of its level, as ``load``.")
    load: float
    window: int = Field(description="In which it ended, from 1.")
    reported: bool = Field(description="Whether that window is one of those that the report is of.")
    due_s: float = Field(description="Since the first window began; negative in the warm-up before it.")
    sent_s: float
    ended_s: float
    latency_ms: float = Field(description="From due to ended.")
    input: str
    label: int | None = Field(description="Index of its true class.")
    request_id: str | None = Field(description="As the server's log has it.")
    failed: str | None = Field(description="Status and problem type, or what broke; null for an answer.")
    retry_after_s: float | None
    index: int | None = Field(description="Of the most probable class.")
    gflops: float | None = Field(description="G multiply-adds, executed.")
    gflops_nominal: float | None = Field(description="G multiply-adds, as the papers count.")
    degraded: bool | None
    exit: str | None
    answers: int | None
    stages_ms: dict[str, float] | None = Field(description="The server's own times of each stage.")


@contextmanager
def requests_file(path: Path | None, say: Callable[[str], None] = lambda text: None) -> Iterator[Write]:
    """What writes requests to a file, a level as soon as it is measured; without a path, nothing.

    Args:
        path: of the file.
        say: told that it could not be written to its end: the measurement goes on without it.

    Raises:
        ConfigError: the file cannot be written.
    """
    if path is None:
        yield lambda plan, measured: None
        return
    try:
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
    broken = False

    def write(plan: LevelPlan, measured: Measured) -> None:
        nonlocal broken
        if broken:
            return
        try:
            # Whole levels, so that what is lost is never half of one.
            file.write("".join(line.model_dump_json() + "\n" for line in lines_of(plan, measured)))
            file.flush()
        except OSError as error:
            broken = True
            say(f"{path} could not be written to its end: {error.strerror}; the measurement goes on")

    try:
        yield write
    finally:
        # What could not be written before cannot be written now either, and has been told.
        with suppress(OSError):
            file.close()


def lines_of(plan: LevelPlan, measured: Measured) -> Iterator[RequestLine]:
    """The requests of a level in the order in which they ended."""
    count = len(measured.windows)
    for number, window in enumerate(measured.windows, 1):
        for record in window.records:
            start = measured.windows[0].start
            yield RequestLine(
                kind=plan.kind,
                load=plan.load,
                window=number,
                reported=plan.whole or number > count - ENOUGH,
                due_s=record.due - start,
                sent_s=record.sent - start,
                ended_s=record.ended - start,
                latency_ms=(record.ended - record.due) * 1000,
                input=record.input,
                label=record.label,
                request_id=record.reply.request_id or None,
                **_reply(record),
            )


def _reply(record: Record) -> dict[str, Any]:
    reply = record.reply
    answer = reply if isinstance(reply, Answer) else None
    failure = reply if isinstance(reply, Failure) else None
    parts = ("index", "gflops", "gflops_nominal", "degraded", "exit", "answers", "stages_ms")
    return {
        "failed": failure.what if failure else None,
        "retry_after_s": failure.retry_after_s if failure else None,
        **{part: getattr(answer, part, None) for part in parts},
    }
