"""What a worker's reply, or its end, means for the job that it had."""

import signal

from foveate import errors
from foveate.video.handover import HandedBack
from foveate.video.protocol import HANDED_BACK, Reply
from foveate.video.records import Decoded

_REFUSALS: dict[str, type[errors.InputError]] = {
    kind.__name__: kind
    for kind in (
        errors.InputError,
        errors.UnsupportedMediaError,
        errors.UndecodableVideoError,
        errors.VideoLimitError,
    )
}


class WorkerKilledError(errors.UnavailableError):
    """A worker was killed from outside, as for want of memory; its video may be as good as any."""


def result_of(reply: Reply) -> Decoded:
    """What a worker gave.

    Raises:
        HandedBack: the job is for another decoder.
        InputError: what is wrong with the video.
        CancelledError: the job was withdrawn.
        EngineError: the worker failed by a defect of its own, which the reply's message shows.
    """
    if reply.kind == "done" and isinstance(reply.result, Decoded):
        return reply.result
    if reply.kind == "cancelled":
        raise errors.CancelledError("The request was withdrawn.")
    if reply.kind == HANDED_BACK:
        raise HandedBack(reply.message)
    if refusal := _REFUSALS.get(reply.kind):
        raise refusal(reply.message)
    raise errors.EngineError("The decoder failed on this video for a reason of its own.")


def error_of(code: int, killed_by_us: bool, cpu_s: int) -> errors.FoveateError:
    """Why a job failed whose worker ended.

    Args:
        code: its exit code, as of ``subprocess``.
        killed_by_us: whether the pool has ended it.
        cpu_s: processor seconds that it was allowed.
    """
    if code == -signal.SIGXCPU:
        return errors.VideoLimitError(f"Decoding took more than {cpu_s} s of processor time.")
    if code == -signal.SIGKILL and not killed_by_us:
        return WorkerKilledError("The decoder was killed, twice: the server may be short of memory.")
    return errors.UndecodableVideoError("The decoder ended unexpectedly on this video.")


def name_of(code: int) -> str:
    """An exit code in words: the name of a signal, or ``exit`` and its number."""
    if code >= 0:
        return f"exit-{code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal-{-code}"
