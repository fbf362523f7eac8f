from foveate.engine.ledger import covered, stage_seconds
from foveate.engine.messages import Stage


def test_overlaps_count_once() -> None:
    assert covered([(0, 2), (1, 3), (5, 6), (5.5, 5.7)]) == 4
    assert covered([]) == 0


def test_stages_are_counted_apart() -> None:
    spans = [(Stage.GLANCE, 0.0, 2.0), (Stage.GLANCE, 1.0, 3.0), (Stage.FOCUS, 2.5, 4.0)]
    assert stage_seconds(spans) == {Stage.GLANCE: 3.0, Stage.FOCUS: 1.5}
