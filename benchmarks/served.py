"""Served throughput over the raw loop of the same graphs: what HTTP, queues and lanes cost.

    python -m benchmarks.served                     full-size AdaFocus, 128 x 128 patches, untrained weights
    python -m benchmarks.served --bundle DIR        any bundle of whole-sequence policy and classifier

Everything is measured in one run, alternating: the raw loop at its best layout, the server with frames in,
the server with a video in. The load generator shares the machine's cores with the server; its CPU time is
measured and given back (``fair``), and the rate without that is printed beside it.
"""

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.client import Load, closed_loop, post
from benchmarks.full_size import full_size_bundle
from benchmarks.raw_loop import Layout, RawLoop, best_layout
from benchmarks.report_file import check_report, write_report
from benchmarks.server_process import running_server
from benchmarks.video_file import write_video
from foveate.bundle.load import Bundle, load_bundle
from foveate.errors import FoveateError

_FRAMES = "/v1/frames:classify?preprocessed=true"
_VIDEOS = "/v1/videos:classify"


def main() -> int:
    """Measure, print a table, write the raw numbers; 1 where the bundle cannot be loaded."""
    try:
        return _measure(_arguments())
    except FoveateError as error:
        print(f"benchmarks.served: {error}", file=sys.stderr)
        return 1


def _measure(args: argparse.Namespace) -> int:
    cores = len(os.sched_getaffinity(0))
    check_report(args.out)
    with tempfile.TemporaryDirectory() as folder:
        bundle = load_bundle(args.bundle or full_size_bundle(Path(folder) / "bundle"))
        side, pool = bundle.manifest.preprocessing.crop, bundle.manifest.sampling.pool
        frames = np.random.default_rng(0).integers(0, 256, (pool, side, side, 3), np.uint8)
        layouts = best_layout(bundle, frames, cores, clips=2 * cores)
        best = max(layouts, key=lambda layout: layouts[layout])
        _say("raw loop: " + ", ".join(f"{layout} {rate:.3f}/s" for layout, rate in layouts.items()))
        video = write_video(Path(folder) / "clip.mp4").read_bytes()
        rounds = _rounds(args, bundle, best, frames, video)
    report = _report(args, bundle, best, layouts, rounds, cores)
    _say(report["table"])
    write_report(args.out, report)
    return 0


def _rounds(
    args: argparse.Namespace, bundle: Bundle, layout: Layout, frames: NDArray[np.uint8], video: bytes
) -> list[dict[str, float]]:
    raw = RawLoop(bundle, layout)
    shape = {"Content-Type": "application/octet-stream", "X-Shape": ",".join(map(str, frames.shape))}
    kind = {"Content-Type": "video/mp4"}
    rounds = []
    with running_server("--bundle", str(bundle.folder)) as port:
        post(port, _FRAMES, frames.tobytes(), shape)
        post(port, _VIDEOS, video, kind)
        for number in range(args.rounds):
            rate = raw.rate(frames, args.requests)
            by_frames = closed_loop(port, _FRAMES, frames.tobytes(), shape, args.clients, args.requests)
            by_video = closed_loop(port, _VIDEOS, video, kind, args.clients, args.requests)
            rounds.append({"raw": rate, **_rates("frames", by_frames), **_rates("video", by_video)})
            row = " ".join(f"{name} {value:.3f}" for name, value in rounds[-1].items())
            _say(f"round {number + 1} of {args.rounds}: {row}")
    return rounds


def _rates(name: str, load: Load) -> dict[str, float]:
    return {
        name: load.rate,
        f"{name}_fair": load.fair_rate,
        f"{name}_client_cpu_s": load.client_seconds,
        f"{name}_p50_s": float(np.median(load.latencies)),
    }


def _report(
    args: argparse.Namespace,
    bundle: Bundle,
    best: Layout,
    layouts: dict[Layout, float],
    rounds: list[dict[str, float]],
    cores: int,
) -> dict[str, object]:
    lines = [f"{bundle.manifest.name}, {bundle.manifest.cost.nominal[-1] / 1e9:.2f} G multiply-adds a video"]
    for name in ("frames", "frames_fair", "video", "video_fair"):
        ratios = [one[name] / one["raw"] for one in rounds]
        middle = np.median([one[name] for one in rounds])
        spread = f"{np.median(ratios):.3f} of the raw loop ({min(ratios):.3f} to {max(ratios):.3f})"
        lines.append(f"{name:12} {middle:8.3f} videos/s  {spread}")
    return {
        "command": "python -m benchmarks.served " + " ".join(sys.argv[1:]),
        "machine": f"{platform.machine()}, {cores} cores, Python {platform.python_version()}",
        "bundle": bundle.manifest.name,
        "clients": args.clients,
        "requests_a_round": args.requests,
        "layouts": {str(layout): rate for layout, rate in layouts.items()},
        "best_layout": str(best),
        "rounds": rounds,
        "table": "\n".join(lines),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bundle", type=Path, help="a bundle's folder; default: made for the occasion")
    parser.add_argument("--rounds", type=int, default=7, help="alternating rounds (default 7)")
    parser.add_argument("--requests", type=int, default=16, help="videos of each kind a round (default 16)")
    parser.add_argument("--clients", type=int, default=8, help="clients at once (default 8)")
    parser.add_argument("--out", type=Path, help="write the raw numbers here as JSON")
    return parser.parse_args()


def _say(text: object) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
