from export.transform import preprocessing


def test_the_published_transform_and_the_same_ratio_for_another_crop() -> None:
    rules = preprocessing(224)
    assert (rules.short_side, rules.crop, rules.resize.value) == (256, 224, "pillow-bilinear")
    assert (preprocessing(96).short_side, preprocessing(96).crop) == (109, 96)
