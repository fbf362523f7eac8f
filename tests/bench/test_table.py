from foveate.bench.schemas import Found
from foveate.bench.table import stage_names, text_of
from tests.bench.made import BUSY, answer, level, record, report, window


def test_a_line_a_level() -> None:
    first = level(*[window([record(0.1, label=1)] * 50)] * 3, load=1)
    second = level(*[window([record(0.1)] * 50 + [record(reply=BUSY)] * 4)] * 3, load=16, steady=False)
    lines = text_of(report(first, second)).splitlines()
    assert lines[0] == "made 1 at http://server: imagined on cpu, 1 input"
    heading, one, two = (line.split() for line in lines[2:5])
    assert heading[:2] == ["answers/s", "min-max"]
    assert len({len(line) for line in lines[2:5]}) == 1
    assert one[:4] == ["concurrency", "1", "5.00", "5.00-5.00"]
    assert one[4:10] == ["100.00"] * 6
    assert one[10:] == ["0", "0", "2.00", "3.00", "100.0%", "yes"]
    assert two[-6:] == ["0", "12", "2.00", "3.00", "-", "NO"]


def test_stages_have_a_table_of_their_own() -> None:
    lines = text_of(report(level(window([record(0.1)] * 50)))).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("milliseconds in the server"))
    assert lines[at + 1].split() == ["decode", "total", "overhead"]
    assert lines[at + 2].split() == ["concurrency", "4", "50.0", "(50.0)", "90.0", "(90.0)", "10.0", "(10.0)"]
    bare = level(window([record(reply=answer(stages_ms={}))]))
    assert "milliseconds in the server" not in text_of(report(bare))


def test_stages_of_all_levels_in_their_order() -> None:
    levels = [
        level(window([record(reply=answer(stages_ms=stages))]))
        for stages in ({"upload": 1.0, "total": 2.0}, {"upload": 1.0, "decode": 1.0})
    ]
    assert stage_names(levels) == ["upload", "total", "decode"]


def test_what_must_be_known_is_said() -> None:
    text = text_of(report(level(window([record()]), steady=False), ended="latency-limit"))
    assert "G multiply-adds" in text
    assert "The labels mean nothing." in text
    assert "concurrency 4: unstable" in text
    assert "latency limit is exceeded" in text
    assert "Interrupted" in text_of(report(level(window([record()])), ended="interrupted"))


def test_what_was_searched_for_is_said() -> None:
    made = level(window([record()]))

    def said(borne: float | None, too_much: float | None) -> str:
        found = Found(watched="p95", limit_ms=500, borne=borne, too_much=too_much)
        return text_of(report(made, found=found)).splitlines()[-1]

    assert said(12.5, 13.1) == "12.5/s is borne with p95 within 500 ms; 13.1/s is too much."
    assert said(64, None) == "64/s is borne with p95 within 500 ms; the highest that was tried."
    assert said(None, 1) == "Not even 1/s is borne with p95 within 500 ms."


def test_nothing_was_measured() -> None:
    assert text_of(report(ended="interrupted")).splitlines()[-1] == "nothing was measured"


def test_a_level_without_answers() -> None:
    text = text_of(report(level(window([record(reply=BUSY)]))))
    assert "concurrency 4       0.00" in text
