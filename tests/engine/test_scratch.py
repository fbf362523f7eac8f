from foveate.engine.scratch import Scratch


def test_scratch_is_reused() -> None:
    scratch = Scratch()
    first = scratch.take((4, 5))
    assert scratch.take((3, 3)).base is first.base
    assert scratch.take((10, 10)).shape == (10, 10)
