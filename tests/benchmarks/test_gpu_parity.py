"""A bundle against its network in PyTorch, on the CPU and the fake device; the GPU's own is shapes alone."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmarks.gpu import parity
from benchmarks.gpu.bundles import Made, make, makers
from benchmarks.gpu.parity import Agreement, agreement, bundle_gives, compared, main, network_gives
from benchmarks.gpu.table import parity as line
from export import adafocus_tsm
from export.compare import Wanted
from export.engine_run import Ended
from foveate.bundle.load import Bundle, load_bundle
from foveate.device.torch_runtime import TorchRuntime
from foveate.engine.messages import Answer
from foveate.errors import ExecutionError
from foveate.parity.frames import smooth_frames
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from tests.device.opening import OnFake
from tests.models import small_networks

CPU = torch.device("cpu")


def small() -> Made:
    network = small_networks.adafocus_tsm()
    return Made(network, adafocus_tsm.draft(network, None))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("bundles") / "small"
    return load_bundle(make("small", folder, small().draft, half=True))


@pytest.fixture(scope="module")
def given(bundle: Bundle) -> tuple[list[Answer], Wanted]:
    frames = smooth_frames(2, bundle.manifest.sampling.pool, bundle.manifest.preprocessing.crop)
    answers = bundle_gives(bundle, frames, OnnxCpuRuntime())
    rectangles = [[look.rectangle for look in answer.looks[:1]] for answer in answers]
    logits = torch.from_numpy(np.stack([answer.logits for answer in answers]))
    return answers, Wanted(logits[:, None], torch.tensor(rectangles))


def test_a_bundle_in_half_precision_agrees_with_its_network(bundle: Bundle) -> None:
    runtime = OnFake(TorchRuntime(CPU))
    found = agreement(bundle, small(), CPU, runtime, 5)
    assert runtime.device.replays > 0
    assert found.met
    assert (found.videos, found.identical, found.same_class) == (5, found.patches, 5)
    assert 0 < found.error < found.tolerance
    assert found.patches == 5 * bundle.manifest.plan.steps


def test_another_network_is_told(bundle: Bundle) -> None:
    other = small()
    with torch.no_grad():
        next(other.network.get_submodule("focus").parameters()).mul_(-1)
    found = agreement(bundle, other, CPU, OnnxCpuRuntime(), 2)
    assert not found.met
    assert found.error > found.tolerance
    assert "MISSED" in line({**asdict(found), "met": found.met})


def test_a_patch_elsewhere_is_counted_and_its_answer_is_not(
    bundle: Bundle, given: tuple[list[Answer], Wanted]
) -> None:
    answers, wanted = given
    assert wanted.rectangles is not None
    moved = wanted.rectangles.clone()
    moved[1, :, 0] += 2
    found = compared(bundle, answers, replace(wanted, rectangles=moved), ("it", "the other"))
    assert (found.farthest_px, found.identical, found.answers) == (2, found.patches // 2, 1)
    assert not found.met
    nearly = wanted.rectangles.clone()
    nearly[1, :, 0] += 1
    found = compared(bundle, answers, replace(wanted, rectangles=nearly), ("it", "the other"))
    assert (found.farthest_px, found.answers, found.error) == (1, 2, 0)
    assert found.met


def test_where_nothing_could_be_compared_nothing_is_met(
    bundle: Bundle, given: tuple[list[Answer], Wanted]
) -> None:
    answers, wanted = given
    assert wanted.rectangles is not None
    found = compared(bundle, answers, replace(wanted, rectangles=wanted.rectangles + 9), ("it", "the other"))
    assert (found.answers, found.error, found.met) == (0, 0, False)


@pytest.mark.parametrize("name", sorted(makers()))
def test_every_network_runs_wherever_it_is_put(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On shapes alone: whatever stayed in host memory would not go together with what is there."""

    def cut(frames: Tensor, corners: Tensor, side: int) -> Tensor:
        return frames.new_empty((len(corners), 3, side, side))

    # The places of patches are values, of which there are none.
    monkeypatch.setattr("models.adafocus.cut", cut)
    monkeypatch.setattr("models.adafocus_tsm.cut", cut)
    monkeypatch.setattr(Tensor, "cpu", lambda self: self)
    made = makers()[name]()
    shape = (2, made.draft.sampling.pool, 3, made.draft.preprocessing.crop, made.draft.preprocessing.crop)
    wanted = network_gives(made, torch.empty(shape, device="meta"), torch.device("meta"))
    assert wanted.answers.device.type == "meta"
    assert wanted.answers.shape[::2] == (2, made.draft.classes)
    assert wanted.rectangles is not None
    assert len(wanted.rectangles) == 2


def test_the_command(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(parity, "makers", lambda: {"small": small})
    out = tmp_path / "parity.json"
    command = [str(bundle.folder), "--videos", "2", "--out", str(out)]
    assert main(command, lambda _: OnnxCpuRuntime(), "cpu") == 0
    shown = capsys.readouterr().out
    report = json.loads(out.read_text())
    assert shown == line(report) + "\n"
    assert shown.startswith("small, fp16, against PyTorch ")
    assert report.keys() == {*Agreement.__annotations__, "met"}
    assert f"{report['reference']}: met: {report['patches']} of {report['patches']} patches" in shown


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_missing_gpu_is_said(bundle: Bundle, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(bundle.folder)]) == 1
    assert "finds no GPU 0" in capsys.readouterr().err


def test_a_bundle_whose_network_nobody_can_make_is_refused(
    bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(bundle.folder)], lambda _: OnnxCpuRuntime(), "cpu") == 1
    said = capsys.readouterr().err
    assert said.startswith(f"benchmarks.gpu.parity: {bundle.folder} holds small, and a network")
    assert said.count("\n") == 1


def test_an_engine_that_does_not_end_is_said(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parity, "run_in_engine", lambda *given: Ended(2))
    frames = smooth_frames(2, bundle.manifest.sampling.pool, bundle.manifest.preprocessing.crop)
    with pytest.raises(ExecutionError, match="did not end in time"):
        bundle_gives(bundle, frames, OnnxCpuRuntime())
