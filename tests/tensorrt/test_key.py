import pytest
from pydantic import ValidationError

from foveate.tensorrt.key import EngineRecord, PlanVerdict
from foveate.tensorrt.profiles import ranges
from tests.tensorrt.made import TENSOR, key


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"graph_sha256": "b" * 64}, "its graph sha256 is aaaa"),
        ({"version": "10.9"}, "its version is 11.4.0, wanted is 10.9"),
        ({"gpu": "Another"}, "its gpu is Some GPU, wanted is Another"),
        ({"compute_capability": "8.9"}, "its compute capability is 9.0, wanted is 8.9"),
        ({"memory": 1 << 30}, "its memory is 85899345920, wanted is 1073741824"),
        ({"driver": "590"}, "its driver is 580.1, wanted is 590"),
        ({"precision": "fp32"}, "its precision is fp16, wanted is fp32"),
        ({"tf32": True}, "its tf32 is False, wanted is True"),
        ({"profiles": ranges(4)}, "its profiles is 1 to 4, 6 to 8, wanted is 1 to 4"),
        ({"flavour": "tensorrt-rtx"}, "its flavour is tensorrt, wanted is tensorrt-rtx"),
    ],
)
def test_anything_that_differs_is_said(change: dict[str, object], said: str) -> None:
    assert key().difference(key()) is None
    assert said in (key().difference(key(**change)) or "")


def test_two_gpus_or_versions_do_not_take_turns() -> None:
    others: list[dict[str, object]] = [
        {"gpu": "Another"},
        {"memory": 1},
        {"driver": "590"},
        {"version": "10.9"},
    ]
    batches: dict[str, object] = {"profiles": ranges(64)}
    assert key().place() == key().place()
    assert len({key(**change).place() for change in [{}, *others, batches]}) == 6
    assert len({key(**change).machine() for change in [{}, *others]}) == 5
    assert key(**batches, graph_sha256="b" * 64).machine() == key().machine()


def test_a_record_survives_its_file() -> None:
    plan = PlanVerdict(engines={"policy.onnx": "c" * 64}, videos=2, lost=1)
    record = EngineRecord(
        key=key(), engine_sha256="c" * 64, bytes=1, seconds=2.5, tensors=(TENSOR,), plan=plan
    )
    assert EngineRecord.model_validate_json(record.model_dump_json()) == record
    with pytest.raises(ValidationError):
        EngineRecord.model_validate(record.model_dump() | {"surprise": 1})
