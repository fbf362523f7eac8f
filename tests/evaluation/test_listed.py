from foveate.evaluation.listed import Listed


def test_the_first_label_is_the_label() -> None:
    assert Listed(1, "a", 30, (7, 2)).label == 7
