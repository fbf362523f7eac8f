"""What the machine could do at most: half-precision matrix products, and copies to the device."""

import time
from collections.abc import Callable

import torch

_SIDE = 8192
_COPY_BYTES = 256 * 2**20


def ceilings(device: torch.device, seconds: float = 2.0) -> dict[str, float]:
    """Measure the ceilings.

    Returns:
        ``matmul_multiply_adds_per_s`` of square float16 products; ``copy_bytes_per_s`` from pinned memory.
    """
    left = torch.randn(_SIDE, _SIDE, dtype=torch.float16, device=device)
    right, product = torch.randn_like(left), torch.empty_like(left)
    host = torch.empty(_COPY_BYTES, dtype=torch.uint8, pin_memory=device.type == "cuda")
    there = torch.empty(_COPY_BYTES, dtype=torch.uint8, device=device)
    products = _rate(lambda: torch.matmul(left, right, out=product), device, seconds)
    copies = _rate(lambda: there.copy_(host, non_blocking=True), device, seconds)
    return {
        "matmul_multiply_adds_per_s": products * _SIDE**3,
        "copy_bytes_per_s": copies * _COPY_BYTES,
    }


def _rate(work: Callable[[], object], device: torch.device, seconds: float) -> float:
    """Times a second, in batches of ten between two waits for the device."""
    for _ in range(3):
        work()
    torch.cuda.synchronize(device)
    done, started = 0, time.perf_counter()
    while (spent := time.perf_counter() - started) < seconds:
        for _ in range(10):
            work()
        torch.cuda.synchronize(device)
        done += 10
    return done / spent
