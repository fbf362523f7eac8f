import sys
import threading
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
import torch

from export import untrained_bundle as module
from export.transform import MEAN, STD
from export.untrained_bundle import NOTICE, PATCH, default_checkpoint
from foveate.bundle.load import Bundle, load_bundle, untrained_bundle
from foveate.bundle.verify import verify
from foveate.engine.engine import Engine
from foveate.engine.messages import Answer, Event, Options, Released, Submit
from foveate.engine.scheduler import LaneRules
from foveate.parity.frames import normalised, smooth_frames
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from models.adafocus import AdaFocus, AdaFocusOutput
from tests.export.chain import run_chain

Frames = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


@pytest.fixture(scope="module")
def embedded() -> Bundle:
    return load_bundle(untrained_bundle())


@pytest.fixture(scope="module")
def network() -> AdaFocus:
    return default_checkpoint().build(PATCH)


@pytest.fixture(scope="module")
def seen(network: AdaFocus) -> Iterator[tuple[Frames, AdaFocusOutput]]:
    pixels = smooth_frames(2, 16, 224, seed=7).astype(np.float32) / 128 - 1
    frames = np.ascontiguousarray(np.moveaxis(pixels, -1, 2), np.float32)
    with torch.no_grad():
        yield frames, network(torch.from_numpy(frames))


def test_it_verifies_and_is_small(embedded: Bundle) -> None:
    assert [finding for finding in verify(embedded) if finding.problem] == []
    assert sum(path.stat().st_size for path in embedded.folder.iterdir()) < 15e6


def test_it_says_that_it_is_untrained(embedded: Bundle) -> None:
    assert embedded.manifest.notice == NOTICE
    assert embedded.manifest.provenance.checkpoint_sha256 is None
    assert embedded.manifest.precision == "fp16"


def test_its_graphs_still_compute_what_its_weights_do(
    embedded: Bundle, network: AdaFocus, seen: tuple[Frames, AdaFocusOutput]
) -> None:
    frames, wanted = seen
    found = run_chain(embedded, frames)
    assert np.abs(found.gvec - wanted.gvec.numpy()).max() < 0.05
    assert np.abs(found.policy_logits - wanted.policy_logits.numpy()).max() < 0.1
    assert (found.actions == wanted.actions.numpy()).mean() > 0.9
    with torch.no_grad():
        local = network.focus(torch.from_numpy(found.patches).flatten(0, 1)).unflatten(0, (2, 16))
        answers = network.classifier(torch.cat([torch.from_numpy(found.gvec), local], 2))
    assert np.abs(found.local - local.numpy()).max() < 0.05
    assert np.abs(found.answers - answers.numpy()).max() < 0.05


def test_what_it_sees_changes_where_it_looks_and_what_it_answers(seen: tuple[Frames, AdaFocusOutput]) -> None:
    _, out = seen
    assert all(len(set(video)) >= 4 for video in out.actions.tolist())
    assert len(set(out.answers.argmax(2).flatten().tolist())) >= 3
    assert not torch.equal(out.pred[0], out.pred[1])


@pytest.mark.parametrize("options", [Options(every_step=True), Options(max_answers=5)])
def test_the_engine_answers_as_the_network_does(
    embedded: Bundle, network: AdaFocus, options: Options
) -> None:
    pixels = smooth_frames(1, 16, 224, seed=7)[0]
    events: list[Event] = []
    released = threading.Event()

    def take(given: Sequence[Event]) -> None:
        events.extend(given)
        if any(isinstance(event, Released) for event in given):
            released.set()

    rules = LaneRules(lanes=2, max_frames=4, max_videos=2)
    engine = Engine(OnnxCpuRuntime(), rules, lambda page, _: pixels[page], take)
    engine.add_bundle("default", embedded)
    engine.start()
    engine.handle(Submit("one", "default", (tuple(range(16)),), options))
    assert released.wait(60)
    assert engine.close()
    (answer,) = [event for event in events if isinstance(event, Answer)]
    with torch.no_grad():
        wanted = network(torch.from_numpy(normalised(pixels[None], MEAN, STD)))
    steps = answer.answers
    assert steps == (options.max_answers or 16)
    assert [look.rectangle[:2] for look in answer.looks] == [
        (float(y), float(x)) for y, x in wanted.corners[0, :steps].tolist()
    ]
    assert np.abs(answer.logits - wanted.answers[0, steps - 1].numpy()).max() < 0.05
    assert answer.spent.nominal == embedded.manifest.cost.nominal[steps - 1]


@pytest.mark.parametrize(("argument", "code"), [("--help", 0), ("--out", 2)])
def test_asking_for_help_makes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], argument: str, code: int
) -> None:
    made: list[object] = []
    monkeypatch.setattr(module, "build", lambda *given, **named: made.append(given))
    monkeypatch.setattr(sys, "argv", ["untrained_bundle", argument])
    with pytest.raises(SystemExit) as raised:
        module.main()
    assert (raised.value.code, made) == (code, [])
    assert "usage: python -m export.untrained_bundle" in "".join(capsys.readouterr())
