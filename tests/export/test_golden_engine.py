from dataclasses import dataclass, replace

import pytest
import torch

from export.golden import GoldenSet
from export.golden_case import NetworkCase, NetworkRun
from export.golden_engine import EVERY, FEWER, LAST, in_engine
from export.golden_networks import Exported as GoldenExported
from export.transform import MEAN, STD
from foveate.device.torch_runtime import TorchRuntime
from foveate.parity.frames import normalised, smooth_frames
from tests.device.opening import OnFake
from tests.export.conftest import Exported


@dataclass(frozen=True)
class Pair:
    one: GoldenExported
    two: GoldenExported


def exported(name: str, made: Exported, tolerance: float) -> GoldenExported:
    manifest = made.bundle.manifest
    frames = smooth_frames(2, manifest.sampling.pool, manifest.preprocessing.crop, seed=4)
    pixels = torch.from_numpy(normalised(frames, MEAN, STD))
    with torch.no_grad():
        glances = manifest.sampling.counts[0]
        inputs = (
            (pixels,) if len(manifest.sampling.counts) == 1 else (pixels[:, :glances], pixels[:, glances:])
        )
        output = made.model(*inputs)
    answers = (output.logits if hasattr(output, "logits") else output.pred[:, None]).numpy()
    corners = output.corners.numpy()
    described = {"answers": {"atol": tolerance}, "corners": {"atol": tolerance}}
    golden = GoldenSet(
        {"arrays": described}, {"answers": answers, "corners": corners}, lambda *_: answers, lambda *_: frames
    )
    case = NetworkCase(
        build=lambda *_: None,
        run=lambda *_: NetworkRun({}, answers),
        draft=lambda *_: pytest.fail("it was exported before"),
        pool=lambda _: [],
        graphs=lambda _: {},
        answers=lambda _, found, __: {"answers": found},
        planned=lambda _, rectangles: {"corners": rectangles[:, : corners.shape[1], :2]},
    )
    return GoldenExported(name, golden, case, NetworkRun({}, answers), made.bundle, frames)


@pytest.fixture(scope="module")
def pair(small_tsm: Exported, small_v2: Exported) -> Pair:
    return Pair(exported("tsm", small_tsm, 1e-3), exported("v2", small_v2, 0.15))


def test_bundles_mixed_answer_as_alone(pair: Pair) -> None:
    lines = list(in_engine([pair.one, pair.two]))
    assert [line.text() for line in lines if not line.met] == []
    assert {(line.name, line.where) for line in lines} == {
        ("tsm", LAST),
        ("v2", LAST),
        ("v2", EVERY),
        ("v2", FEWER),
    }


def test_bundles_mixed_answer_the_same_on_a_device(pair: Pair) -> None:
    runtime = OnFake(TorchRuntime(torch.device("cpu")))
    lines = list(in_engine([pair.one, pair.two], runtime))
    assert [line.text() for line in lines if not line.met] == []
    assert {line.where for line in lines} == {LAST, EVERY, FEWER}
    assert runtime.device.replays > 0


def test_a_wrong_answer_is_seen_in_every_way(pair: Pair) -> None:
    golden = pair.two.golden
    spoilt = replace(golden, arrays=golden.arrays | {"answers": golden.arrays["answers"] + 1})
    lines = [line for line in in_engine([replace(pair.two, golden=spoilt)]) if line.array == "answers"]
    assert [line.where for line in lines] == [LAST, EVERY, FEWER]
    assert not any(line.met for line in lines)


def test_a_video_that_fails_is_a_miss_of_its_set_alone(pair: Pair) -> None:
    bundle = pair.one.bundle
    broken = replace(pair.one, frames=pair.one.frames[:, :, :32, :32])
    assert bundle.manifest.preprocessing.crop == 64
    lines = list(in_engine([broken, pair.two]))
    (bad,) = [line for line in lines if line.name == "tsm"]
    assert bad.error is None
    assert bad.note
    assert all(line.met for line in lines if line.name == "v2")
