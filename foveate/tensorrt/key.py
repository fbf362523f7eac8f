"""What an engine depends on, and the record that is kept beside it."""

import hashlib
from typing import Literal

from foveate.bundle.manifest import FileName, Record, Sha256
from foveate.runtimes.weights import Precision
from foveate.tensorrt.flavour import FlavourName
from foveate.tensorrt.inspect import EngineTensor
from foveate.tensorrt.profiles import Range


class EngineKey(Record):
    """Everything that an engine depends on; one that was made for anything else is not used."""

    graph_sha256: Sha256
    flavour: FlavourName
    version: str
    """Of the library."""
    gpu: str
    compute_capability: str
    memory: int
    """Bytes of the GPU's memory: GPUs of one name may differ in it, and in how many processors they have."""
    driver: str
    precision: Precision
    """The narrowest of the graph's weights; it lies in the graph, and so in its hash."""
    tf32: bool
    profiles: tuple[Range, ...]

    def difference(self, other: "EngineKey") -> str | None:
        """The first thing in which another key differs, in words; None where nothing does."""
        for name in type(self).model_fields:
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                return f"its {name.replace('_', ' ')} is {_short(mine)}, wanted is {_short(theirs)}"
        return None

    def place(self) -> str:
        """A short name for where the engine lies: two GPUs, versions or batch sizes do not take turns."""
        return _short_hash(self.model_dump_json())

    def machine(self) -> str:
        """A short name for what measured times depend on."""
        return _short_hash(f"{self.version} {self.gpu} {self.compute_capability} {self.memory} {self.driver}")


class PlanVerdict(Record):
    """What came of holding the plans that engines make to those that a CPU makes."""

    engines: dict[FileName, Sha256]
    """The engine of each graph that a plan depends on."""
    videos: int
    lost: int
    """Choices that were made otherwise, though they were no near ties."""


class EngineRecord(Record):
    """What is kept beside an engine."""

    format: Literal[2] = 2
    key: EngineKey
    engine_sha256: Sha256
    bytes: int
    seconds: float
    """How long it took to build."""
    tensors: tuple[EngineTensor, ...]
    plan: PlanVerdict | None = None
    """Of the bundle that it was last served in, where it is a policy's."""


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _short(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"{each.least} to {each.most}" for each in value)
    return str(value)[:40]
