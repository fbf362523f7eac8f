"""Whether graphs of lower precision still choose the patches that the networks choose in float32.

Where they do not, half precision has cost the plan its parity, and what feeds the policy must stay in
float32. The policy itself always does.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.graphs import GraphSpec
from export.runtimes import NetworkRuntime
from foveate.bundle.manifest import Manifest
from foveate.parity.plan import lost_choices as lost_between
from foveate.runtimes.base import Runtime


def lost_choices(
    manifest: Manifest, folder: Path, specs: Sequence[GraphSpec], frames: NDArray[np.uint8], graphs: Runtime
) -> int:
    """How many choices of the policy the graphs make otherwise, though they were no near ties.

    Args:
        manifest: of the bundle.
        folder: where its graphs are.
        specs: the networks they came from, in float32.
        frames: 8-bit pool frames (videos, pool, crop, crop, 3).
        graphs: what runs the graphs.
    """
    return lost_between(manifest, folder, frames, graphs, NetworkRuntime(specs))
