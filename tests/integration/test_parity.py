"""What is served is what the network says of the fully decoded, Pillow-preprocessed frames of the same file.

The reference here is written apart from ``foveate/video``: PyAV's plain decode, Pillow, and the rules as the
paper's code applies them.
"""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from av import VideoStream
from numpy.typing import NDArray
from PIL import Image

from tests.integration.conftest import Twin

TOLERANCE = 1e-3
"""On log-probabilities: float32 in two libraries, over about seventy layers."""
MARGIN = 1e-3
"""Between the two best places of a frame; closer ones may be chosen otherwise by another order of sums."""


def decode_everything(path: Path) -> list[Image.Image]:
    frames = []
    with av.open(str(path), metadata_errors="ignore") as container:
        stream = container.streams.best("video")
        assert isinstance(stream, VideoStream)
        try:
            for frame in container.decode(stream):
                image = Image.fromarray(frame.to_ndarray(format="rgb24"))
                frames.append(image.rotate(frame.rotation, expand=True) if frame.rotation % 360 else image)
        except av.error.InvalidDataError:
            pytest.skip("a damaged file has no full decode to compare with")
    return frames


def sampled(count: int, wanted: int) -> list[int]:
    if count > wanted:
        return [int(count / wanted / 2 + count / wanted * x) for x in range(wanted)]
    return [min(x, count - 1) for x in range(wanted)]


def cropped(image: Image.Image) -> tuple[NDArray[np.float32], tuple[float, float, int, int]]:
    """The normalised crop, and scale and corner of it in the upright picture."""
    width, height = image.size
    tall = width < height
    size = (256, int(256 * height / width)) if tall else (int(256 * width / height), 256)
    resized = image if min(width, height) == 256 else image.resize(size, Image.Resampling.BILINEAR)
    left, top = round((size[0] - 224) / 2), round((size[1] - 224) / 2)
    pixels = np.asarray(resized.crop((left, top, left + 224, top + 224)), np.float32) / 255
    normal = (pixels - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    return normal.transpose(2, 0, 1).astype(np.float32), (width / size[0], height / size[1], left, top)


def boxes(corners: list[list[int]], patch: int, place: tuple[float, float, int, int]) -> list[list[float]]:
    """Corners (y, x) in the crop as left, top, width and height in the picture."""
    across, down, left, top = place
    return [[(x + left) * across, (y + top) * down, patch * across, patch * down] for y, x in corners]


def test_served_answers_are_the_networks(twin: Twin) -> None:
    assert len(twin.clips) >= 3
    torch.set_num_threads(1)
    compared = 0
    with twin.live.client() as client:
        for name, path in twin.clips.items():
            if name == "odd_truncated_corrupted.mp4":
                continue
            query = "/v1/videos:classify?model=first&top_k=10&explain=true"
            response = client.post(query, content=path.read_bytes(), headers={"Content-Type": "video/mp4"})
            assert response.status_code == 200, (name, response.text)
            compared += compare(twin, path, response.json())
    assert compared >= 16 * len(twin.clips) * 0.8


def compare(twin: Twin, path: Path, answer: dict[str, Any]) -> int:
    """Hold one answer to the network's; how many patches were beyond the margin and so compared."""
    frames = decode_everything(path)
    chosen = sampled(len(frames), 16)
    assert answer["video"]["frames"] == len(frames), path.name
    assert [patch["frame"] for patch in answer["patches"]] == chosen, path.name
    inputs = [cropped(frames[index]) for index in chosen]
    with torch.no_grad():
        found = twin.model(torch.from_numpy(np.stack([pixels for pixels, _ in inputs])[None]))
    best = found.policy_logits[0].topk(2).values
    sure = (best[:, 0] - best[:, 1] > MARGIN).tolist()
    if answer["video"]["rotation"] == 0:
        wanted = boxes(found.corners[0].tolist(), twin.model.patch, inputs[0][1])
        served = [
            [patch["box"][side] for side in ("x", "y", "width", "height")] for patch in answer["patches"]
        ]
        for step in np.flatnonzero(sure):
            np.testing.assert_allclose(served[step], wanted[step], atol=0.01, err_msg=f"{path.name} {step}")
    if all(sure):
        log_p = found.pred[0].log_softmax(0)
        scores = {one["index"]: one["score"] for one in answer["predictions"]}
        logs = np.log([scores[index] for index in range(10)])
        np.testing.assert_allclose(logs, log_p.numpy(), atol=TOLERANCE, err_msg=path.name)
    return sum(sure)
