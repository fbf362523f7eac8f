import json

from foveate.bench.schemas import SCHEMA_VERSION, Report
from tests.bench.made import level, record, report, window


def test_a_report_comes_back_as_it_was() -> None:
    made = report(level(window([record(label=1)] * 3)), level(window([]), kind="rate", steady=None))
    text = made.model_dump_json()
    assert Report.model_validate_json(text) == made
    told = json.loads(text)
    assert told["schema_version"] == SCHEMA_VERSION == 1
    assert told["levels"][0]["compute"]["unit"] == "multiply-adds"
