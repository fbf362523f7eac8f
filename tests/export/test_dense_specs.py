import pytest

from export.dense_specs import dense_plan
from foveate.bundle.vocabulary import Order
from tests.export.drafts import small_drafts


def test_a_plan_of_whole_frames() -> None:
    plan = dense_plan(3, 64, glance=2)
    assert (plan.order, plan.glance, plan.candidates) == (Order.GLANCE_FIRST, (0, 1), (2, 3, 4))
    assert (plan.frames, plan.steps) == ((0, 1, 2), 3)
    assert plan.rectangles is not None
    assert [(r.y, r.x, r.height, r.width) for r in plan.rectangles] == [(0, 0, 64, 64)]
    assert dense_plan(3, 64).glance == ()


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("tsn", {"focus": ([(3, 64, 64)], [(128,)]), "classifier": ([(3, 128)], [(5,)])}),
        ("tsm", {"focus": ([(3, 3, 64, 64)], [(3, 256)]), "classifier": ([(3, 256)], [(5,)])}),
        (
            "tsm plus",
            {
                "glance": ([(2, 3, 64, 64)], [(5,)]),
                "focus": ([(3, 3, 64, 64)], [(5,)]),
                "classifier": ([(5,), (5,)], [(5,)]),
            },
        ),
        ("x3d smaller", {"focus": ([(3, 3, 40, 40)], [(16,)]), "classifier": ([(16,)], [(5,)])}),
    ],
)
def test_the_ports_of_each_system(name: str, shapes: dict[str, object]) -> None:
    found = {
        spec.network: ([i.shape for i in spec.inputs], [o.shape for o in spec.outputs])
        for spec in small_drafts()[f"dense {name}"].specs
    }
    assert found == shapes
