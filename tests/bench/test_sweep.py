import pytest

from foveate.bench.sweep import parse_levels


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("4", (4,)),
        ("1,2,8", (1, 2, 8)),
        ("8,1", (8, 1)),
        ("1:16:x2", (1, 2, 4, 8, 16)),
        ("1:15:x2", (1, 2, 4, 8)),
        ("1:10:3", (1, 4, 7, 10)),
        ("1:3", (1, 2, 3)),
        ("0.1:1:0.3", (0.1, 0.4, 0.7, 1.0)),
    ],
)
def test_levels(text: str, levels: tuple[float, ...]) -> None:
    assert parse_levels(text) == levels


@pytest.mark.parametrize(
    "text", ["", "a", "0", "-1", "1,,2", "1:8:x1", "1:8:0", "8:1:1", "1:inf:1", "1:2:3:4", "1:1e6:1", "nan"]
)
def test_what_is_no_level(text: str) -> None:
    with pytest.raises(ValueError, match=r"level|number|factor"):
        parse_levels(text)


@pytest.mark.parametrize("text", ["1e308", "1e-300", "1,2e6", "1:1e7:x10"])
def test_what_is_beyond_any_load(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not between 1e-06 and 1e\+06"):
        parse_levels(text)
