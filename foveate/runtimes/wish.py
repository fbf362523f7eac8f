"""What is asked of a runtime before it is chosen."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from foveate.bundle.manifest import Graph
from foveate.bundle.vocabulary import Source


class RuntimeName(StrEnum):
    """The runtimes, by the name they are asked for with; ``AUTO`` leaves it to the machine."""

    AUTO = "auto"
    TENSORRT = "tensorrt"
    TENSORRT_RTX = "tensorrt-rtx"
    TENSORRT_PROVIDER = "tensorrt-provider"
    CUDA = "cuda"
    TORCH = "torch"
    CPU = "cpu"


def default_engine_cache() -> Path:
    """Where engines are kept if nobody says otherwise."""
    return Path.home() / ".cache" / "foveate" / "engines"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a runtime.

    Attributes:
        runtime: which one; ``AUTO`` for the best that the machine has.
        device: number of the GPU.
        engine_cache: folder of what is compiled for this machine.
        max_frames: most frames or patches in a batch of networks that take pixels.
        max_videos: most units in a batch of the others.
    """

    runtime: RuntimeName = RuntimeName.AUTO
    device: int = 0
    engine_cache: Path = field(default_factory=default_engine_cache)
    max_frames: int = 8
    max_videos: int = 8

    def most_units(self, graph: Graph) -> int:
        """The largest batch that a graph will be given."""
        for port in graph.inputs:
            if port.source is Source.PIXELS:
                frames = port.shape[0] if len(port.shape) == 4 else 1
                return max(1, self.max_frames // frames)
        return self.max_videos
