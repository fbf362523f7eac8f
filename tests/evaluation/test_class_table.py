import csv
import io

from foveate.evaluation.class_table import COLUMNS, classes_csv
from tests.evaluation.reports import CLASSES, made_scored


def test_a_row_a_class_of_each_bundle() -> None:
    text = classes_csv([made_scored("a 1"), made_scored("b 1")])
    assert text.splitlines()[0] == "bundle,index,label,videos,top1,average_precision"
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["bundle"] for row in rows] == ["a 1"] * 4 + ["b 1"] * 4
    assert tuple(rows[0]) == COLUMNS
    assert [row["label"] for row in rows[:4]] == [one.label for one in CLASSES]
    assert [row["top1"] for row in rows[:4]] == ["50.0", "", "", "0.0"]
    assert [row["average_precision"] for row in rows[:4]] == ["75.0", "0.0", "20.0", "90.0"]
