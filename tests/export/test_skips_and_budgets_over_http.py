"""What two choices of an export do over HTTP: patches that are dropped, and frames as a budget."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from export.transform import MEAN, STD
from foveate.parity.frames import normalised, smooth_frames
from models.ocsampler import OCSamplerOptions
from tests.export.conftest import PLUS_FRAMES, Exported
from tests.models.small import SIZES
from tests.models.small_uni import ocsampler
from tests.server.live import Live, running


@pytest.fixture(scope="module")
def live(small_plus_bundle: Exported, small_ocsampler: Exported) -> Iterator[Live]:
    bundles = [small_plus_bundle.bundle.folder, small_ocsampler.bundle.folder]
    with running(bundle=bundles) as live:
        yield live


def ask(live: Live, pool: NDArray[np.uint8], **parameters: object) -> dict[str, Any]:
    """The answer to a pool of frames as it is."""
    shape = ",".join(map(str, pool.shape))
    asked = {"preprocessed": "true", "shape": shape, "explain": "true"} | parameters
    with live.client() as client:
        response = client.post("/v1/frames:classify", content=pool.tobytes(), params=asked)  # type: ignore[arg-type]
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def described(live: Live, name: str) -> dict[str, Any]:
    with live.client() as client:
        model: dict[str, Any] = client.get(f"/v1/models/{name}").json()
    return model


def scores(answer: dict[str, Any]) -> list[float]:
    by_class = {one["index"]: one["score"] for one in answer["predictions"]}
    return [by_class[index] for index in sorted(by_class)]


def test_dropped_patches_are_shown_and_cost_no_focus(live: Live, small_plus_bundle: Exported) -> None:
    name = small_plus_bundle.bundle.manifest.name
    model = described(live, name)
    assert model["plan"]["keep_threshold"] == 0.5
    by_answer, focus = model["cost"]["by_answer"], model["cost"]["by_graph"]["focus.onnx"]
    pool = smooth_frames(1, PLUS_FRAMES, SIZES.glance_side, seed=1)[0]
    with torch.no_grad():
        wanted = small_plus_bundle.model(torch.from_numpy(normalised(pool[None], MEAN, STD)))
    kept = wanted.kept[0].tolist()
    assert len(set(kept)) == 2
    answer = ask(live, pool, model=name, steps="all")
    assert [patch["focused"] for patch in answer["patches"]] == kept
    probabilities = [patch["keep"] for patch in answer["patches"]]
    np.testing.assert_allclose(probabilities, wanted.keep[0], atol=1e-4)
    np.testing.assert_allclose(scores(answer), wanted.base.pred[0].softmax(0), atol=1e-4)
    compute, dropped = answer["compute"], np.cumsum([not keep for keep in kept])
    nominal = [(cost - focus * int(none)) / 1e9 for cost, none in zip(by_answer, dropped, strict=True)]
    assert [step["gflops_nominal"] for step in answer["steps"]] == nominal
    assert (compute["gflops_nominal"], compute["gflops_full"]) == (nominal[-1], by_answer[-1] / 1e9)
    assert compute["patches_focused"] == sum(kept)
    graphs = model["cost"]["by_graph"]
    each = PLUS_FRAMES * graphs["glance.onnx"] + sum(kept) * focus
    assert compute["gflops"] == (each + graphs["policy.onnx"] + graphs["classifier.onnx"]) / 1e9


def test_a_budget_in_multiply_adds_is_a_number_of_frames(live: Live, small_ocsampler: Exported) -> None:
    name = small_ocsampler.bundle.manifest.name
    by_answer = described(live, name)["cost"]["by_answer"]
    assert len(by_answer) == 3
    pool = smooth_frames(1, 10, 224, seed=2)[0]
    frames = torch.from_numpy(normalised(pool[None], MEAN, STD))
    for keep, cost in enumerate(by_answer, 1):
        with torch.no_grad():
            wanted = ocsampler(OCSamplerOptions(keep, 8))(frames)
        answer = ask(live, pool, model=name, max_gflops=cost / 1e9)
        assert answer["compute"]["gflops_nominal"] == cost / 1e9
        assert answer["compute"]["patches_focused"] == answer["compute"]["answers"] == keep
        seen = [patch["frame"] for patch in answer["patches"] if patch["focused"]]
        assert sorted(seen) == wanted.frame_index[0].tolist()
        np.testing.assert_allclose(scores(answer), wanted.scores[0], atol=1e-4)


def test_a_budget_below_one_frame_is_refused(live: Live, small_ocsampler: Exported) -> None:
    manifest = small_ocsampler.bundle.manifest
    little = (manifest.cost.nominal[0] - 1000) / 1e9
    pool = smooth_frames(1, 10, 224)[0]
    asked = {
        "preprocessed": "true",
        "shape": "10,224,224,3",
        "model": manifest.name,
        "max_gflops": f"{little:.9f}",
    }
    with live.client() as client:
        response = client.post("/v1/frames:classify", content=pool.tobytes(), params=asked)
    assert response.status_code == 400, response.text
    assert "answers for no less than" in response.json()["detail"]
