from foveate.evaluation.metric import Metric
from tests.evaluation.reports import CLASSES, scores


def test_of_some_answers() -> None:
    assert (Metric.MAP.of(scores(70)), Metric.TOP1.of(scores(70))) == (60, 70)


def test_of_a_class_only_where_a_video_counts_for_it() -> None:
    assert [Metric.TOP1.of_class(one) for one in CLASSES] == [50, None, None, 0]
    assert [Metric.MAP.of_class(one) for one in CLASSES] == [75, None, 20, 90]


def test_names() -> None:
    assert Metric("map").words == "mAP"
    assert Metric("map").class_words == "average precision"
    assert Metric("top1").words == Metric("top1").class_words == "top-1 accuracy"
