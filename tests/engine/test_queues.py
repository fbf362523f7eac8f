from foveate.bundle.vocabulary import Form
from foveate.engine.messages import Stage
from foveate.engine.queues import UnitQueues
from foveate.engine.units import QueueKey, Unit


def units(stage: Stage, count: int, video: int = 0) -> list[Unit]:
    return [Unit(video, stage, Form.WHOLE, 0, index) for index in range(count)]


def any_number(_: QueueKey) -> int:
    return 1


def test_first_come_first_served_within_a_kind() -> None:
    queues = UnitQueues()
    queues.push("a", units(Stage.GLANCE, 2, 0))
    queues.push("a", units(Stage.GLANCE, 2, 1))
    key = QueueKey("a", Stage.GLANCE, Form.WHOLE)
    assert [(u.video, u.index) for u in queues.take(key, 3)] == [(0, 0), (0, 1), (1, 0)]
    assert queues.depth(key) == 1
    assert queues.depths() == {("a", Stage.GLANCE): 1}


def test_late_stages_first_and_small_ones_last_resort() -> None:
    queues = UnitQueues()
    for stage, count in ((Stage.GLANCE, 5), (Stage.FOCUS, 3), (Stage.POLICY, 1)):
        queues.push("a", units(stage, count))
    assert [key.stage for key in queues.keys(any_number)] == [Stage.FOCUS, Stage.POLICY, Stage.GLANCE]
    waiting = [key.stage for key in queues.keys(lambda key: 4 if key.stage is Stage.FOCUS else 1)]
    assert waiting == [Stage.POLICY, Stage.GLANCE, Stage.FOCUS]


def test_the_bundle_served_least_comes_first() -> None:
    queues = UnitQueues()
    for bundle in "ab":
        queues.push(bundle, units(Stage.GLANCE, 4))
    queues.charge("a", 10)
    assert [key.bundle for key in queues.keys(any_number)] == ["b", "a"]
    queues.charge("b", 30)
    assert [key.bundle for key in queues.keys(any_number)] == ["a", "b"]


def test_a_bundle_that_is_forgotten_leaves_nothing() -> None:
    queues = UnitQueues()
    for bundle in "ab":
        queues.push(bundle, units(Stage.GLANCE, 4))
    queues.charge("a", 1000)
    queues.forget("a")
    queues.forget("never there")
    assert queues.depths() == {("b", Stage.GLANCE): 4}
    assert [key.bundle for key in queues.keys(any_number)] == ["b"]
    queues.push("a", units(Stage.GLANCE, 1))
    queues.charge("b", 1)
    assert [key.bundle for key in queues.keys(any_number)] == ["a", "b"]
