from foveate.device.runs import runs


def test_stretches_of_one_sequence() -> None:
    assert list(runs([4, 5, 6, 9, 10, 2])) == [(0, 3), (3, 5), (5, 6)]
    assert list(runs([7])) == [(0, 1)]
    assert list(runs([])) == []


def test_stretches_of_two_at_once() -> None:
    assert list(runs([1, 2, 3, 4], [8, 9, 3, 4])) == [(0, 2), (2, 4)]
    assert list(runs(range(3), range(5, 8))) == [(0, 3)]
