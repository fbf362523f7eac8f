from foveate.evaluation.report import make_report
from foveate.evaluation.table import lines
from tests.evaluation.reports import made_report
from tests.evaluation.test_report import small_bundle, some_answers


def test_what_is_said() -> None:
    report = make_report(small_bundle(with_exits=True), some_answers(), True, 1.5)
    text = list(lines(report))
    assert text[0] == "uni-tsm 1: 3 videos, 2 skipped, in 1.5 s"
    assert text[1] == "top-1    66.67 %"
    assert text[2] == (
        f"mAP      {report.scores.mean_average_precision:.2f} % (by first labels alone "
        f"{report.scores.mean_average_precision_first:.2f} %; 2 classes without a video count 0)"
    )
    assert "G multiply-adds a video executed" in text[3]
    rows = [line.split() for line in text]
    assert any(row[:1] == ["2"] and row[2:] == ["66.67", "46.67"] for row in rows)
    assert sum("(default)" in line for line in text) == 1
    assert text[-2] == "skipped 2: too short (first: v4)"
    assert text[-1] == (
        "1 folders do not hold as many frames as the list says (line 2, v2: 30 listed, 31 there); "
        "the list's numbers were used"
    )


def test_shares_kept_the_one_asked_for_beside() -> None:
    text = list(lines(made_report()))
    place = text.index(next(line for line in text if "share kept (asked)" in line))
    assert text[place].split()[-3:] == ["top-1", "mAP", "executed"]
    assert [line.split() for line in text[place + 1 :]] == [
        ["0.875", "(0.9)", "17.500", "70.88", "60.88", "17.600"],
        ["0.520", "(0.5)", "10.400", "70.52", "60.52", "10.500"],
    ]


def test_the_last_answer_alone_has_no_curve() -> None:
    text = list(lines(make_report(small_bundle(with_exits=False), some_answers(False), False, 1.5)))
    assert text[0] == "made up"
    assert not any("answer" in line.split()[:3] for line in text if line)
