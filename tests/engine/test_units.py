from foveate.bundle.vocabulary import Form
from foveate.engine.messages import Stage
from foveate.engine.units import Outcome, QueueKey, Unit


def test_units_and_kinds_are_told_apart_by_what_they_hold() -> None:
    unit = Unit(1, Stage.FOCUS, Form.WHOLE, 0, 3)
    assert unit == Unit(1, Stage.FOCUS, Form.WHOLE, 0, 3)
    assert len({unit, Unit(1, Stage.FOCUS, Form.WHOLE, 1, 3), Unit(2, Stage.FOCUS, Form.WHOLE, 0, 3)}) == 3
    assert QueueKey("a", Stage.FOCUS, Form.WHOLE) != QueueKey("b", Stage.FOCUS, Form.WHOLE)
    assert Outcome().keep is None
