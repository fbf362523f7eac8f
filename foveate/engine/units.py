"""Units, the items that queues hold, and batches of them."""

from dataclasses import dataclass
from enum import StrEnum

from foveate.bundle.vocabulary import Form
from foveate.engine.messages import Stage


@dataclass(frozen=True, slots=True)
class Unit:
    """What a network takes at once, of one video.

    Attributes:
        video: the scheduler's number of the video.
        stage: which network.
        form: in which of its forms.
        view: which view of the video.
        index: the glance or the step it is; 0 for a unit that covers a whole video.
    """

    video: int
    stage: Stage
    form: Form
    view: int
    index: int


@dataclass(frozen=True, slots=True)
class QueueKey:
    """Units that may share a batch: of one bundle, one network, one form."""

    bundle: str
    stage: Stage
    form: Form


class ClosedBy(StrEnum):
    """Why a batch was closed at its size."""

    FULL = "full"
    SHARED = "shared"
    DRAINED = "drained"
    BISECTED = "bisected"


@dataclass(frozen=True, slots=True)
class Batch:
    """Units that run together; ``number`` is unique in an engine's life."""

    number: int
    key: QueueKey
    units: tuple[Unit, ...]
    closed_by: ClosedBy


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the scheduler must know of a unit that ran.

    Attributes:
        keep: after a policy unit, whether each step it planned keeps its patch; None where none drops.
    """

    keep: tuple[bool, ...] | None = None
