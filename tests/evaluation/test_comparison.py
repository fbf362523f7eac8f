import json
from dataclasses import replace
from pathlib import Path

from foveate.engine.messages import Options
from foveate.evaluation.comparison import combined_json, comparison_lines, scored
from foveate.evaluation.evaluate import Prepared, Request
from foveate.evaluation.report import as_json
from foveate.evaluation.run import Layout
from tests.engine.fake import bundle
from tests.engine.systems import skipping, uni_tsm
from tests.evaluation.reports import GIGA, made_report, made_scored


def prepared(folder: str) -> Prepared:
    request = Request(Path(folder), Path("list"), Layout(Path()))
    found = bundle(uni_tsm() if folder == "c" else skipping())
    return Prepared(request, found, Options(), (), None)


def test_titles_are_unique_and_systems_the_manifests() -> None:
    reports = [made_report("x 1"), made_report("x 1"), made_report("y 1")]
    found = scored([prepared("a"), prepared("b"), prepared("c")], reports)
    assert [one.title for one in found] == ["x 1 (a)", "x 1 (b)", "y 1"]
    assert [one.folder for one in found] == [Path("a"), Path("b"), Path("c")]
    assert [one.system for one in found] == ["skipping", "skipping", "uni-tsm"]
    assert [one.report for one in found] == reports


def test_a_line_a_bundle() -> None:
    found = [made_scored("a long name 1"), made_scored("b 1", 30 * GIGA, 75)]
    above, heading, first, second = comparison_lines(found)
    assert "multiply-adds" in above
    assert heading.split() == ["bundle", "executed", "nominal", "dense", "videos", "top-1", "mAP"]
    assert first.split()[4:] == ["21.000", "20.000", "60.000", "3", "70.00", "60.00"]
    assert second.split() == ["b", "1", "31.000", "30.000", "60.000", "3", "75.00", "65.00"]
    assert len({len(line) for line in (heading, first, second)}) == 1


def test_json_of_several_holds_each_as_it_is_alone() -> None:
    one = made_scored("a 1")
    other = replace(made_scored("b 1"), folder=Path("dir/b"))
    data = json.loads(json.dumps(combined_json([one, other])))
    assert [entry["title"] for entry in data["bundles"]] == ["a 1", "b 1"]
    assert data["bundles"][1] == json.loads(json.dumps(as_json(other.report))) | {
        "title": "b 1",
        "folder": "dir/b",
    }
