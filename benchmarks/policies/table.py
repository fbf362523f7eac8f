"""The report of all seeds, and the two tables it prints as."""

from collections.abc import Sequence
from statistics import mean, stdev

from foveate import __version__

ROWS = (
    ("random", "random places"),
    ("centre", "the centre of the frame"),
    ("increment", "learned, by the increase in confidence"),
    ("confidence", "learned, by confidence itself"),
    ("gain", "learned, by the gain over a random patch (AdaFocus)"),
)
FEATURES = (
    ("features g", "glance features alone"),
    ("features l", "focus features alone (glance not reused)"),
    ("features gl", "both (AdaFocus)"),
)


def report(rows: Sequence[dict[str, float]], command: str, train: int, test: int) -> dict[str, object]:
    """What is written: each seed's accuracy and, over them, mean and standard deviation, of 1."""
    names = rows[0]
    return {
        "command": f"python -m benchmarks.policies {command}",
        "version": __version__,
        "videos": {"train": train, "test": test},
        "seeds": list(rows),
        "mean": {name: mean(row[name] for row in rows) for name in names},
        "deviation": {name: stdev([row[name] for row in rows]) if len(rows) > 1 else 0.0 for name in names},
    }


def table_of(found: dict[str, object]) -> str:
    """Both tables as text, in per cent."""
    means, deviations = found["mean"], found["deviation"]
    assert isinstance(means, dict)
    assert isinstance(deviations, dict)
    lines = []
    for title, rows in (("places (Table 5)", ROWS), ("features (Table 4)", FEATURES)):
        lines += [f"{title:52} top-1, %"]
        lines += [
            f"  {text:50} {100 * means[name]:5.1f} ± {100 * deviations[name]:.1f}" for name, text in rows
        ]
    return "\n".join(lines)
