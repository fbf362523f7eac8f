import json

import pytest

from foveate.bundle.load import Bundle
from foveate.errors import InputError
from foveate.evaluation.collected import Collected
from foveate.evaluation.listed import Listed
from foveate.evaluation.report import as_json, make_report
from foveate.evaluation.run import Skipped
from tests.engine import systems
from tests.engine.fake import bundle
from tests.evaluation.reports import made_report


def small_bundle(with_exits: bool) -> Bundle:
    """A bundle of two answers and five classes."""
    found = bundle(systems.uni_tsm())
    if with_exits:
        return found
    manifest = found.manifest.model_copy(update={"exits": None, "notice": "made up"})
    return Bundle(found.folder, manifest, found.labels)


def some_answers(every_step: bool = True) -> Collected:
    from tests.evaluation.results import answered

    collected = Collected()
    collected.add(answered(1, (0, 1), [[9, 0, 0, 0, 0], [9, 8, 0, 0, 0]], every_step))
    collected.add(answered(2, (0,), [[0, 0, 0, 0, 1], [0, 3, 0, 0, 0]], every_step, executed=70, found=31))
    collected.add(answered(3, (4,), [[0, 0, 0, 0, 1], [0, 0, 0, 0, 2]], every_step))
    collected.add(Skipped(Listed(4, "v4", 2, (0,)), "too short"))
    collected.add(Skipped(Listed(5, "v5", 1, (0,)), "too short"))
    return collected


def test_scores_costs_and_classes() -> None:
    found = small_bundle(with_exits=False)
    report = make_report(found, some_answers(), True, 1.5)
    assert (report.videos, report.several_labels, report.empty_classes) == (3, 1, 2)
    assert report.scores.top1 == pytest.approx(200 / 3)
    # Class 0: ranks 1 and 3; class 1: rank 2; class 4: rank 1; two classes without videos.
    assert report.scores.mean_average_precision == pytest.approx(((1 + 2 / 3) / 2 + 1 / 2 + 1) / 5 * 100)
    assert report.executed == pytest.approx(170 / 3)
    assert report.nominal == 40
    assert (report.full, report.dense) == (found.manifest.cost.nominal[-1], found.manifest.cost.dense)
    assert [point.answer for point in report.answers] == [1, 2]
    assert report.exits == ()
    assert [one.videos for one in report.classes] == [2, 0, 0, 0, 1]
    assert [one.top1 for one in report.classes] == [50, None, None, None, 100]
    assert report.classes[1].average_precision == 50
    assert report.recounted == ((2, "v2", 30, 31),)
    assert report.reasons() == [("too short", 2, "v4")]


def test_exit_settings_need_every_answer() -> None:
    found = small_bundle(with_exits=True)
    settings = found.manifest.exits
    assert settings is not None
    report = make_report(found, some_answers(), True, 1.5)
    assert len(report.exits) == len(settings.settings)
    report = make_report(found, some_answers(every_step=False), False, 1.5)
    assert (report.exits, report.answers) == ((), ())


def test_json_says_the_same() -> None:
    report = make_report(small_bundle(with_exits=True), some_answers(), True, 1.5)
    data = json.loads(json.dumps(as_json(report)))
    assert data["top1"] == report.scores.top1
    assert data["compute"]["unit"] == "multiply-adds"
    assert data["compute"]["gflops"] == pytest.approx(170 / 3 / 1e9)
    assert [one["answer"] for one in data["answers"]] == [1, 2]
    assert sum(data["exits"][0]["shares"]) == pytest.approx(1)
    assert data["classes"][4] == {
        "index": 4,
        "label": "class 4",
        "videos": 1,
        "top1": 100.0,
        "average_precision": 100.0,
    }
    assert data["keep_shares"] == []
    assert data["skipped"][0] == {"line": 4, "name": "v4", "reason": "too short"}
    assert data["recounted"] == [{"line": 2, "name": "v2", "frames_listed": 30, "frames_found": 31}]


def test_answers_cost_what_they_cost_each_video() -> None:
    from tests.evaluation.results import answered

    collected = Collected()
    for line, costs in enumerate(((10, 40), (8, 30), (9, 32)), 1):
        collected.add(answered(line, (0,), [[9, 0, 0, 0, 0]] * 2, by_answer=costs))
    report = make_report(small_bundle(with_exits=True), collected, True, 1.5)
    assert [point.nominal for point in report.answers] == [9, 34]
    # The made-up setting lets everybody leave at the first answer.
    assert (report.exits[0].nominal, report.nominal) == (9, 34)


def test_keep_shares_as_json() -> None:
    (first, second) = as_json(made_report())["keep_shares"]
    assert (first["share"], first["kept"], first["threshold"]) == (0.9, 0.875, 0.4)
    assert (second["gflops"], second["gflops_nominal"]) == (10.5, 10.4)
    assert second["mean_average_precision"] == pytest.approx(60.52)


def test_nothing_to_report() -> None:
    with pytest.raises(InputError, match="no video could be answered"):
        make_report(small_bundle(with_exits=False), Collected(), True, 1.5)
