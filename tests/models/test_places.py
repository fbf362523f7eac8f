import pytest

from models.places import TABLES, corner_table, exact


@pytest.mark.parametrize(
    ("patch", "line"),
    [
        (96, [0, 21, 42, 64, 85, 106, 128]),
        (128, [0, 16, 32, 48, 64, 80, 96]),
        (160, [0, 10, 21, 32, 42, 53, 64]),
        (192, [0, 5, 10, 16, 21, 26, 32]),
    ],
)
def test_the_published_corners(patch: int, line: list[int]) -> None:
    table = corner_table(49, 224, patch)
    assert table[:7].tolist() == [[0, x] for x in line]
    assert table[::7].tolist() == [[y, 0] for y in line]
    assert table[-1].tolist() == [line[-1], line[-1]]


@pytest.mark.parametrize("candidates", TABLES)
@pytest.mark.parametrize("patch", range(32, 225, 16))
def test_flooring_is_exact_for_multiples_of_16(candidates: int, patch: int) -> None:
    assert exact(candidates, 224, patch)


def test_a_table_that_is_no_square_is_refused() -> None:
    with pytest.raises(ValueError, match="no square"):
        corner_table(48, 224, 96)
