"""One table of a GPU's reports: ``python -m benchmarks.gpu.table REPORT...``.

Videos a second from frames in memory, what the engine keeps of the raw loop, the share of the device's own
matrix ceiling, and the speed-up over a dense network beside the compute that is cut: 1 where all of the cut
compute is won. FLOPs are multiply-adds. Below it: in what each network computes, and published figures with
their hardware.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from foveate.errors import ConfigError

DENSE = ("tsm-plus", "resnet50")
PUBLISHED = (
    ("AdaFocus-TSM, P = 144, batches of 64", 143.8, "RTX 2080 Ti"),
    ("AdaFocusV2-TSM, P = 128, batches of 128", 197.0, "RTX 3090"),
    ("Uni-AdaFocus-TSM, P = 96, 8 + 8 frames", 569.4, "RTX 3090"),
    ("OCSampler, 5 of 10 frames", 123.9, "TITAN Xp"),
)
"""Videos a second, as published; on other hardware than that of the table above them."""
NOTES = (
    "frames are random bytes, weights untrained",
    "raw loop: frames are copied to the device once, before it is timed; the engine copies each video's",
)


def table(reports: list[dict[str, Any]]) -> list[str]:
    """Lines of the table, the dense networks' speed taken from the whole reports among them."""
    reports = [report for report in reports if "frames_in" in report]
    rates: dict[str, float] = {}
    for report in reports:
        # The first of a bundle is the device path's.
        rates.setdefault(_name(report), report["frames_in"]["videos_per_s"])
    costs = {_name(report): report["multiply_adds"] for report in reports}
    dense = [name for name in DENSE if name in rates]
    head = ["bundle", "precision", "G/video", "videos/s", "raw loop", "of raw", "of matrix", "allocations"]
    rows = [[*head, *(f"won over {name}" for name in dense)]]
    for report in reports:
        name, served = _name(report), report["frames_in"]
        share = served["multiply_adds_per_s"] / report["ceilings"]["matmul_multiply_adds_per_s"]
        won = [served["videos_per_s"] / rates[other] / (costs[other] / costs[name]) for other in dense]
        rows.append(
            [
                _way(report),
                report["precision"],
                f"{report['multiply_adds'] / 1e9:.2f}",
                f"{served['videos_per_s']:.1f}",
                f"{report['raw_loop_videos_per_s']:.1f}",
                f"{report['engine_over_raw_loop']:.3f}",
                f"{share:.3f}",
                str(report["allocations_while_serving"]),
                *(f"{value:.2f}" for value in won),
            ]
        )
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows]


def networks(report: dict[str, Any]) -> str:
    """In what each network computes."""
    kinds = (f"{name} {kind}" for name, kind in report["networks"].items())
    return f"{_way(report)}: {', '.join(kinds)}"


def cut_off(report: dict[str, Any]) -> str:
    """What was measured before a measurement ended early."""
    raw = report.get("raw_loop_videos_per_s")
    return f"{_way(report)}: CUT OFF, raw loop {f'{raw:.1f} videos/s' if raw else 'not measured'}"


def ceilings(report: dict[str, Any]) -> list[str]:
    """What the device could do at most."""
    found = report["ceilings"]
    return [
        f"{report['machine']}, {report['runtime']}",
        f"matrix products in half precision: {found['matmul_multiply_adds_per_s'] / 1e12:.1f} T "
        f"multiply-adds/s; copies to the device: {found['copy_bytes_per_s'] / 1e9:.1f} GB/s",
    ]


def stages(report: dict[str, Any]) -> list[str]:
    """The largest batch of each network."""
    largest: dict[tuple[str, str], dict[str, Any]] = {}
    for row in report.get("stages", ()):
        key = (row["stage"], row["form"])
        if key not in largest or row["units"] > largest[key]["units"]:
            largest[key] = row
    return [
        f"{_way(report)}: {stage}, {form}: {row['units']} units in {1e3 * row['median_s']:.2f} ms, "
        f"{row['multiply_adds_per_s'] / 1e12:.2f} T multiply-adds/s"
        for (stage, form), row in largest.items()
    ]


def _name(report: dict[str, Any]) -> str:
    name: str = report["bundle"].split(" ")[0]
    return name


def _way(report: dict[str, Any]) -> str:
    return f"{_name(report)}, {report['runtime'].split(' ')[0]}"


def _mp4(path: Path | None) -> list[str]:
    if path is None or not path.exists():
        return []
    level = json.loads(path.read_text())["levels"][-1]
    return [f"MP4 in over HTTP, load generator on the same cores: {level['throughput']['mean']:.1f} videos/s"]


def parity(report: dict[str, Any]) -> str:
    """How far a bundle is from its network in float32 on the same GPU; see ``benchmarks.gpu.parity``."""
    name, verdict = report["bundle"].split(" ")[0], "met" if report["met"] else "MISSED"
    return (
        f"{name}, {report['precision']}, against {report['reference']}: {verdict}: "
        f"{report['identical']} of {report['patches']} patches identical (farthest "
        f"{report['farthest_px']:.3g} px), logits off by {report['error']:.2e} of {report['largest']:.2f} "
        f"(allowed {report['tolerance']:.2e}), same class for {report['same_class']} of "
        f"{report['videos']} videos"
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    if not isinstance(found, dict) or not found.keys() >= {"bundle", "runtime", "multiply_adds"}:
        raise ConfigError(f"{path} is no report of python -m benchmarks.gpu")
    return found


def main() -> int:
    """Print the table of those reports that are there; 1 where there is none, or one cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.table", description=__doc__)
    parser.add_argument("reports", type=Path, nargs="+", help="written by python -m benchmarks.gpu --out")
    parser.add_argument("--mp4-in", type=Path, help="written by python -m benchmarks.gpu.mp4_in --out")
    parser.add_argument(
        "--parity", type=Path, nargs="*", default=[], help="written by python -m benchmarks.gpu.parity --out"
    )
    args = parser.parse_args()
    try:
        reports = [_read(path) for path in args.reports if path.exists()]
    except ConfigError as error:
        print(f"benchmarks.gpu.table: {error}", file=sys.stderr)
        return 1
    if not reports:
        print("none of the reports is there", file=sys.stderr)
        return 1
    lines = [*ceilings(reports[0]), "", *table(reports), *_mp4(args.mp4_in)]
    lines += [cut_off(report) for report in reports if "frames_in" not in report]
    lines += [parity(json.loads(path.read_text())) for path in args.parity if path.exists()]
    lines += ["", *NOTES, *map(networks, reports), ""]
    lines += [f"published: {name}: {rate} videos/s on a {card}" for name, rate, card in PUBLISHED]
    print("\n".join([*lines, "", *(line for report in reports for line in stages(report))]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
