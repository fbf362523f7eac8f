import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from foveate.bundle.load import load_bundle, untrained_bundle
from foveate.bundle.manifest import Graph
from foveate.errors import BundleError, ConfigError, InputError
from foveate.evaluation.collected import Collected
from foveate.evaluation.curve import Scores
from foveate.evaluation.evaluate import Request, evaluate
from foveate.evaluation.listed import ListError
from foveate.evaluation.report import Report, make_report
from foveate.evaluation.run import Layout
from foveate.runtimes.base import LoadedGraph, RuntimeInfo
from tests.evaluation.bundles import changed, with_labels
from tests.evaluation.conftest import LABELS, LENGTHS
from tests.evaluation.made import read_back
from tests.server.live import Live, running
from tests.video.made import encode, full_decode

Logits = NDArray[np.float32]


class Unused:
    """A runtime that nothing may load."""

    info = RuntimeInfo("unused", "none", "a test asked for it")

    def load(self, path: Path, graph: Graph) -> LoadedGraph:
        raise AssertionError(path)


def request(listed: Path, **parts: object) -> Request:
    made = Request(untrained_bundle(), listed, Layout(listed.parent), lanes=1)
    return replace(made, **parts)  # type: ignore[arg-type]


def run(request: Request) -> tuple[Report, Collected]:
    return evaluate(request, lambda done, total, skipped: None)


@pytest.fixture(scope="module")
def whole(listed: Path) -> tuple[Report, Collected]:
    """Every answer for every video of the list."""
    return run(request(listed, every_answer=True))


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with running(lanes=1) as live:
        yield live


def log_softmax(logits: Logits) -> NDArray[np.float64]:
    shifted = logits.astype(np.float64) - logits.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()))


def test_answers_are_the_servers_for_the_same_frames(
    listed: Path, whole: tuple[Report, Collected], server: Live
) -> None:
    logits = whole[1].stacked()
    assert logits.shape == (len(LENGTHS), 16, 10)
    with server.client() as client:
        for number, length in enumerate(LENGTHS):
            frames = read_back(listed.parent / f"video {number}", length)
            headers = {"X-Shape": ",".join(map(str, frames.shape))}
            path = "/v1/frames:classify?top_k=10&steps=all"
            answer = client.post(path, content=frames.tobytes(), headers=headers).json()
            scores = {one["index"]: one["score"] for one in answer["predictions"]}
            served = np.log([scores[index] for index in range(10)])
            np.testing.assert_allclose(log_softmax(logits[number, -1]), served, atol=1e-4)
            for step, row in zip(answer["steps"], logits[number], strict=True):
                assert abs(np.exp(log_softmax(row)[step["index"]]) - step["score"]) < 1e-4


def test_scores_are_what_a_count_by_hand_gives(whole: tuple[Report, Collected]) -> None:
    report, collected = whole
    last = [log_softmax(rows[-1]) for rows in collected.logits]
    right = sum(int(row.argmax()) == label for row, label in zip(last, LABELS, strict=True))
    assert report.scores.top1 == pytest.approx(right / len(LABELS) * 100)
    total = 0.0
    for number in range(10):
        ranking = sorted(range(len(LABELS)), key=lambda video: -last[video][number])
        hits = [place for place, video in enumerate(ranking, 1) if LABELS[video] == number]
        total += sum(count / place for count, place in enumerate(hits, 1)) / max(1, len(hits))
    assert report.scores.mean_average_precision == pytest.approx(total / 10 * 100)
    assert report.answers[-1].scores == report.scores
    nominal = load_bundle(untrained_bundle()).manifest.cost.nominal
    assert [point.nominal for point in report.answers] == list(nominal)


def test_as_served_only_the_last_answer_is_made(listed: Path, whole: tuple[Report, Collected]) -> None:
    told: list[tuple[int, int, int]] = []
    report, collected = evaluate(request(listed, limit=2), lambda *state: told.append(state))
    assert (report.videos, told) == (2, [(1, 2, 0), (2, 2, 0)])
    assert (report.answers, report.exits) == ((), ())
    assert collected.stacked().shape == (2, 1, 10)
    np.testing.assert_allclose(collected.stacked()[:, -1], whole[1].stacked()[:2, -1], atol=1e-4)


def test_a_budget_stops_where_the_curve_says(listed: Path, whole: tuple[Report, Collected]) -> None:
    report, collected = run(request(listed, max_multiply_adds=0.7e9, limit=3))
    point = [point for point in whole[0].answers if point.nominal <= 0.7e9][-1]
    assert report.nominal == point.nominal
    # One step at a time: half precision is rounded elsewhere than over the whole sequence.
    wanted = whole[1].stacked()[:3, point.answer - 1]
    np.testing.assert_allclose(collected.stacked()[:, 0], wanted, atol=5e-3)


def setting(threshold: float, early: float) -> dict[str, Any]:
    """Leave at the fourth of sixteen answers or at the last; ``early`` is the share that does."""
    nominal = load_bundle(untrained_bundle()).manifest.cost.nominal
    return {
        "thresholds": [1e8] * 3 + [threshold] + [1e8] * 11 + [-1e8],
        "multiply_adds": early * nominal[3] + (1 - early) * nominal[15],
        "shares": [0.0] * 3 + [early] + [0.0] * 11 + [1 - early],
    }


@pytest.mark.parametrize("measure", ["largest-logit", "negative-entropy"])
def test_exits_are_taken_where_the_curve_says(
    tmp_path: Path, listed: Path, whole: tuple[Report, Collected], measure: str
) -> None:
    logits = whole[1].stacked().astype(np.float64)
    shares = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    surety = logits.max(-1) if measure == "largest-logit" else (shares * np.log(shares)).sum(-1)
    # Between two videos' confidences, so that rounding does not decide.
    below, above = np.sort(surety[:, 3])[1:3].tolist()
    assert above - below > 0.01
    between = (below + above) / 2
    made = [setting(*one) for one in ((-1e8, 1.0), (between, 0.5), (1e8, 0.0))]
    exits = {"measure": measure, "settings": made, "default": 1, "source": "made up"}
    folder = changed(tmp_path / "bundle", exits=exits)
    served = run(request(listed, bundle=folder))[1]
    found = load_bundle(folder)
    every = make_report(found, whole[1], True, 1.0)
    cheap, default, dear = every.exits
    taken = [found.manifest.cost.nominal.index(cost) for cost in served.nominal]
    assert sorted(taken) == [3, 3, 15, 15]
    left = whole[1].stacked()[np.arange(len(taken)), taken]
    targets = whole[1].labels[:, None] == np.arange(10)
    assert default.scores == Scores.of(left, targets, whole[1].labels)
    assert default.default
    assert default.nominal == np.mean(served.nominal)
    assert cheap.nominal < default.nominal < dear.nominal
    assert (cheap.scores, dear.scores) == (every.answers[3].scores, every.answers[-1].scores)


def test_a_table_of_video_files(tmp_path: Path) -> None:
    lines, folders = ["file,label"], []
    for number, label in enumerate(("class 3", "7")):
        video = encode(tmp_path / f"clip {number}.mp4", "libx264", frames=30 + number, gop=7 + number)
        lines.append(f"{video.name},{label}")
        (tmp_path / f"f{number}").mkdir()
        for index, frame in enumerate(full_decode(video)):
            image = Image.fromarray(frame.to_ndarray(format="rgb24"))
            image.save(tmp_path / f"f{number}" / f"{index}.png", compress_level=1)
        folders.append(f"f{number},{30 + number},{label[-1]}")
    table, listed = tmp_path / "clips.csv", tmp_path / "list.txt"
    table.write_text("\n".join(lines))
    listed.write_text("\n".join(folders))
    _, clips = run(request(table))
    _, frames = run(request(listed, layout=Layout(tmp_path, "{}.png", 0)))
    assert clips.labels.tolist() == frames.labels.tolist() == [3, 7]
    np.testing.assert_allclose(clips.stacked(), frames.stacked(), atol=1e-4)


def test_a_data_set_of_clips(shared: Path, tmp_path: Path) -> None:
    data = shared / "datasets" / "surveillance-fight"
    if not data.is_dir():
        pytest.skip("the clips of ../shared/datasets/surveillance-fight are not here")
    bundle = with_labels(tmp_path / "bundle", ["noFight", "fight"])
    report, collected = run(request(data / "clips.csv", bundle=bundle, fold="4", limit=2))
    assert report.videos == 2
    assert {video.label for video in collected.videos} == {1}
    assert all(np.isfinite(logits).all() for logits in collected.logits)


def test_what_is_missing_is_said_before_anything_runs(tmp_path: Path, listed: Path) -> None:
    more = tmp_path / "list.txt"
    more.write_text(listed.read_text() + "nowhere,30,1\n")
    asked = request(more, layout=Layout(listed.parent))
    with pytest.raises(InputError, match=r"^line 5, nowhere: there is no folder .*/nowhere$"):
        evaluate(asked, lambda *state: None, Unused())


@pytest.mark.parametrize(
    ("parts", "error", "message"),
    [
        ({"max_multiply_adds": 1e3}, ConfigError, "answers for no less than 0.150 G multiply-adds"),
        ({"max_multiply_adds": 1e9, "every_answer": True}, ConfigError, "exclude each other"),
        ({"layout": Layout(Path(), "frame.jpg")}, ConfigError, "does not name a frame"),
        ({"bundle": Path("/nowhere")}, BundleError, "/nowhere"),
        ({"fold": "1"}, ListError, "has no folds"),
    ],
)
def test_requests_that_cannot_be_met(
    listed: Path, parts: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        evaluate(request(listed, **parts), lambda *state: None, Unused())


def test_a_label_beyond_the_bundles_classes(tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("a,30,9\nb,30,10\n")
    with pytest.raises(ListError, match=r"line 2: the label '10' is none of the bundle's 10 classes"):
        evaluate(request(listed), lambda *state: None, Unused())


def test_a_bundle_that_was_altered(tmp_path: Path, listed: Path) -> None:
    files = json.loads((untrained_bundle() / "manifest.json").read_text())["files"]
    folder = changed(tmp_path / "bundle", files=files | {"focus.onnx": "0" * 64})
    with pytest.raises(BundleError, match=r"focus\.onnx was altered"):
        evaluate(request(listed, bundle=folder), lambda *state: None, Unused())
