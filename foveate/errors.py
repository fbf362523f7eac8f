"""The exceptions of the engine room, each with one sentence that may be shown to whoever asked.

The server maps these classes to HTTP statuses, the command line prints them in one line. Anything else
that escapes is a defect of ours, not of the input.
"""


class FoveateError(Exception):
    """Base of all errors with a message meant for people; ``str(error)`` is that message."""


class ConfigError(FoveateError):
    """A setting or a choice that cannot be honoured: an unknown name, a port in use, a missing option."""


class BundleError(FoveateError):
    """A bundle that is missing, incomplete, altered, or of a form this version does not read."""


class CheckpointError(FoveateError):
    """A checkpoint that cannot be read or is not of the system it was said to be."""


class ExportError(FoveateError):
    """A bundle that could not be made: its graphs differ from the network, its folder cannot be written."""


class InputError(FoveateError):
    """Something is wrong with what a client sent; no other request is affected."""


class UnsupportedMediaError(InputError):
    """Bytes in a container or codec outside the allowed ones, or not a video at all."""


class UndecodableVideoError(InputError):
    """An allowed kind of video in which no frame could be decoded."""


class VideoLimitError(InputError):
    """A video beyond a limit of pixels, duration, packets or decoding time."""


class EngineError(FoveateError):
    """Work that was accepted and did not end in an answer."""


class OverloadedError(EngineError):
    """No room at present.

    Attributes:
        retry_after_s: seconds after which there should be room, from the queue and the measured rate.
    """

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class DeadlineError(EngineError):
    """The deadline of a request passed before its answer was ready."""


class CancelledError(EngineError):
    """The request was withdrawn, normally because its client has gone."""


class UnavailableError(EngineError):
    """The engine is not ready, is shutting down, or has lost a lane."""


class ExecutionError(EngineError):
    """A network failed on this request's own units."""
