"""One kind of convolution, timed by torch and by the kernel that can do it."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.gpu.clock import Clock
from benchmarks.gpu.recorded import Laid, Layer
from foveate.device.convolution import Call, Way, compute, kernel_of, way_of


@dataclass(frozen=True, slots=True)
class Bench:
    """Where convolutions are measured.

    Attributes:
        machine: its name.
        runtime: the device path's.
        device: for tensors.
        clock: of the same device.
        repeats: measurements of each way.
        copy_bytes: of the copy that tells what the memory can do; more than a GPU's caches hold.
    """

    machine: str
    runtime: str
    device: torch.device
    clock: Clock
    repeats: int
    copy_bytes: int = 2**29

    def memory_bytes_per_s(self) -> float:
        """Read and written by a copy within the device's memory."""
        made: list[Tensor] = []
        source = Laid((self.copy_bytes // 4,), (1,), torch.float32)
        self.clock.once(lambda: made.extend(source.made(self.device) for _ in range(2)))
        (seconds,) = self.clock.times([lambda: made[0].copy_(made[1])], self.repeats)
        return 2 * source.bytes() / float(np.median(seconds))


def measured(layer: Layer, bench: Bench, memory: float) -> dict[str, Any]:
    """Time a layer each way.

    Args:
        layer: the layer.
        bench: where.
        memory: bytes that a copy reads and writes a second.

    Returns:
        Its row of the report: ``ways`` with microseconds, of the quartiles too, ``today`` and ``quicker``.
        ``bytes`` are those of the inputs and the result, whatever else a way moves, and ``memory_share`` is
        theirs; what caches hold may make it more than one. ``apart`` says that the middle halves of the ways'
        measurements do not overlap, ``differs`` how far their results lie apart, in the largest of them.
    """
    given: list[Tensor | None] = []
    results: list[Tensor] = []
    bench.clock.once(lambda: given.extend(layer.inputs(bench.device)))
    attributes = layer.as_onnx()
    call = Call.of(given, attributes)
    kernel = kernel_of(call)
    ways = [Way.TORCH, *([kernel] if kernel else [])]
    bench.clock.once(lambda: results.extend(compute(call, way) for way in ways))
    multiply_adds = results[0].numel() * layer.products()
    size = layer.bytes() + Laid.of(results[0]).bytes()
    differs = _difference(results) if kernel else None
    results.clear()

    def work(way: Way) -> Tensor:
        # What is padded before it is part of it.
        return compute(Call.of(given, attributes), way)

    seconds = bench.clock.times([partial(work, way) for way in ways], bench.repeats)
    facts = {**layer.facts(), "multiply_adds": multiply_adds, "bytes": size}
    return {
        **facts,
        "today": way_of(call).value,
        **_figures(facts, ways, seconds, memory),
        "differs": differs,
    }


def _figures(
    facts: dict[str, Any], ways: list[Way], seconds: list[NDArray[np.float64]], memory: float
) -> dict[str, Any]:
    found = {}
    for way, measurements in zip(ways, seconds, strict=True):
        low, median, high = (float(value) for value in np.percentile(measurements, [25, 50, 75]))
        found[way.value] = {
            "us": 1e6 * median,
            "us_quartiles": [1e6 * low, 1e6 * high],
            "memory_share": facts["bytes"] / median / memory,
            "multiply_adds_per_s": facts["multiply_adds"] / median,
        }
    quicker = min(found, key=lambda way: float(found[way]["us"]))
    return {"ways": found, "quicker": quicker, "apart": _apart(seconds)}


def _apart(seconds: list[NDArray[np.float64]]) -> bool:
    low, high = np.percentile(seconds, [25, 75], axis=1)
    return bool(low.max() > high.min())


def _difference(results: list[Tensor]) -> float:
    one, other = (result.float() for result in results)
    return float((one - other).abs().max() / one.abs().max())
