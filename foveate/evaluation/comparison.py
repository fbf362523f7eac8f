"""Several bundles on one list, side by side: patch sides, systems, settings."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foveate.evaluation.evaluate import Prepared
from foveate.evaluation.report import Report, as_json

_GIGA = 1e9


@dataclass(frozen=True, slots=True)
class Scored:
    """A bundle and what its evaluation found.

    Attributes:
        title: name and version; the folder too, where others have the same.
        folder: of the bundle.
        system: by its manifest; bundles of one system differ in sizes.
        report: what was found.
    """

    title: str
    folder: Path
    system: str
    report: Report


def scored(prepared: Sequence[Prepared], reports: Sequence[Report]) -> list[Scored]:
    """Bundles with their reports, each under a title of its own."""
    counts = Counter(report.bundle for report in reports)
    return [
        Scored(
            title=report.bundle if counts[report.bundle] == 1 else f"{report.bundle} ({one.request.bundle})",
            folder=one.request.bundle,
            system=one.bundle.manifest.provenance.system,
            report=report,
        )
        for one, report in zip(prepared, reports, strict=True)
    ]


def comparison_lines(found: Sequence[Scored]) -> Iterator[str]:
    """A table of a line a bundle."""
    width = max(len(one.title) for one in found)
    yield f"{'':{width}}  G multiply-adds a video"
    yield f"{'bundle':{width}}  executed   nominal     dense  videos   top-1     mAP"
    for one in found:
        report = one.report
        yield (
            f"{one.title:{width}}  {report.executed / _GIGA:8.3f}  {report.nominal / _GIGA:8.3f}  "
            f"{report.dense / _GIGA:8.3f}  {report.videos:6}  {report.scores.top1:6.2f}  "
            f"{report.scores.mean_average_precision:6.2f}"
        )


def combined_json(found: Sequence[Scored]) -> dict[str, Any]:
    """All reports as plain data: under ``bundles`` each as it would be alone, with its title and folder."""
    return {
        "bundles": [{"title": one.title, "folder": str(one.folder), **as_json(one.report)} for one in found]
    }
