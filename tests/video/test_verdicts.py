import signal

import pytest

from foveate.errors import (
    CancelledError,
    EngineError,
    InputError,
    UndecodableVideoError,
    UnsupportedMediaError,
    VideoLimitError,
)
from foveate.video.handover import HandedBack
from foveate.video.protocol import HANDED_BACK, Reply
from foveate.video.verdicts import WorkerKilledError, error_of, name_of, result_of


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply("cancelled"), CancelledError),
        (Reply(HANDED_BACK, "why"), HandedBack),
        (Reply("InputError", "why"), InputError),
        (Reply("UnsupportedMediaError", "why"), UnsupportedMediaError),
        (Reply("failed", "a traceback"), EngineError),
        (Reply("done", result="no Decoded"), EngineError),
        (Reply("ConfigError", "not a worker's to say"), EngineError),
    ],
)
def test_a_reply_is_an_exception(reply: Reply, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        result_of(reply)
    assert type(caught.value) is error
    assert "traceback" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "killed_by_us", "error", "named"),
    [
        (-signal.SIGXCPU, False, VideoLimitError, "SIGXCPU"),
        (-signal.SIGSEGV, False, UndecodableVideoError, "SIGSEGV"),
        (3, False, UndecodableVideoError, "exit-3"),
        (-signal.SIGKILL, True, UndecodableVideoError, "SIGKILL"),
        (-signal.SIGKILL, False, WorkerKilledError, "SIGKILL"),
        (-99, False, UndecodableVideoError, "signal-99"),
    ],
)
def test_an_end_is_the_videos_fault_unless_it_came_from_outside(
    code: int, killed_by_us: bool, error: type[Exception], named: str
) -> None:
    assert type(error_of(code, killed_by_us, 7)) is error
    assert name_of(code) == named
