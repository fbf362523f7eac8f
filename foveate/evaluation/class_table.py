"""The classes of one or several evaluations as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict

from foveate.evaluation.comparison import Scored

COLUMNS = ("bundle", "index", "label", "videos", "top1", "average_precision")


def classes_csv(found: Sequence[Scored]) -> str:
    """A row a class of each bundle, with a heading line; scores in per cent, empty where there is none."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for one in found:
        writer.writerows({"bundle": one.title, **asdict(entry)} for entry in one.report.classes)
    return out.getvalue()
