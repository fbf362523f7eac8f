"""A report of convolutions in short: what each network's take together, and where there is a choice."""

from collections.abc import Sequence
from typing import Any

from foveate.device.convolution import Way

_RUN = ("network", "form", "units")
_HEAD = ("network", "times", "value", "weight", "strides", "with", "torch", "kernel", "today", "quicker")
Row = dict[str, Any]


def summary(rows: Sequence[Row]) -> list[Row]:
    """Microseconds of all convolutions of each network, in each form and batch size.

    Args:
        rows: of all layers.

    Returns:
        ``today_us`` by the ways that are taken, ``quicker_us`` by the quicker way everywhere, and
        ``torch_us`` by torch and a pass after it everywhere; ``multiply_adds`` of them all.
    """
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        run = {name: row[name] for name in _RUN}
        ways = {"today": row["today"], "quicker": row["quicker"], "torch": Way.TORCH.value}
        total = found.setdefault(
            tuple(run.values()), {**run, **{f"{name}_us": 0.0 for name in ways}, "multiply_adds": 0}
        )
        for name, way in ways.items():
            total[f"{name}_us"] += row["occurs"] * row["ways"][way]["us"]
        total["multiply_adds"] += row["occurs"] * row["multiply_adds"]
    return list(found.values())


def table(report: Row) -> list[str]:
    """Lines of a whole report: the sums, and a row for each layer that has a kernel."""
    choices = [row for row in report["layers"] if len(row["ways"]) > 1]
    cells = [_HEAD, *map(_cells, choices)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        f"{report['bundle']}, {report['machine']}; a copy in its memory reads and writes "
        f"{report['memory_bytes_per_s'] / 1e9:.0f} GB/s",
        *map(_sums, report["summary"]),
        "layers that a kernel can do, in microseconds (quartiles); ~ where the quartiles overlap",
        *("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells),
    ]


def _sums(total: Row) -> str:
    rate = total["multiply_adds"] / total["today_us"] / 1e6
    return (
        f"{total['network']}, {total['form']}, {total['units']} units: convolutions take "
        f"{total['today_us']:.0f} us as decided, {rate:.1f} T multiply-adds/s; "
        f"{total['quicker_us']:.0f} us with the quicker way everywhere, "
        f"{total['torch_us']:.0f} us with torch everywhere"
    )


def _cells(row: Row) -> tuple[str, ...]:
    torch, kernel = (
        row["ways"][Way.TORCH.value],
        next(figures for way, figures in row["ways"].items() if way != Way.TORCH.value),
    )
    around = [name for name in ("shift", "bias", "residual", "clamp") if row[name]]
    return (
        f"{row['network']} {row['units']}",
        str(row["occurs"]),
        "x".join(map(str, row["value"])),
        "x".join(map(str, row["weight"])),
        "x".join(map(str, row["strides"])),
        "+".join(around) or "-",
        _time(torch),
        _time(kernel),
        row["today"],
        row["quicker"] + ("" if row["apart"] else " ~"),
    )


def _time(figures: Row) -> str:
    low, high = figures["us_quartiles"]
    return f"{figures['us']:.1f} ({low:.1f}-{high:.1f})"
