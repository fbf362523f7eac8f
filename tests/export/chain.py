"""A bundle's graphs run one after the other from pixels, as the engine does it."""

from types import SimpleNamespace

import numpy as np
import torch
from numpy.typing import NDArray

from export.parity import GraphRunner
from foveate.bundle.load import Bundle
from models.adafocus import cut


def run_chain(bundle: Bundle, frames: NDArray[np.float32]) -> SimpleNamespace:
    """Every array of a golden set from normalised frames (B, T, 3, crop, crop)."""
    runner = GraphRunner(bundle.folder)
    videos, count = frames.shape[:2]
    flat = frames.reshape(-1, *frames.shape[2:])
    glance = runner.run("glance.onnx", {"pixels": flat})
    maps = glance["map"].reshape(videos, count, *glance["map"].shape[1:])
    policy = runner.run("policy.onnx", {"map": maps})
    rectangles = policy["rectangles"]
    corners = rectangles[..., :2].astype(np.int64)
    focus = bundle.manifest.networks.focus
    assert focus is not None
    assert focus.pixels is not None
    side = focus.pixels.height
    assert (rectangles[..., 2:] == side).all()
    patches = cut(torch.from_numpy(flat), torch.from_numpy(corners.reshape(-1, 2)), side).numpy()
    local = runner.run("focus.onnx", {"pixels": patches})["vector"].reshape(videos, count, -1)
    vector = glance["vector"].reshape(videos, count, -1)
    answers = runner.run("classifier.onnx", {"glance": vector, "focus": local})["logits"]
    mean = bundle.manifest.provenance.options["consensus"] == "fc"
    return SimpleNamespace(
        gmap=maps,
        gvec=vector,
        policy_hidden=policy["hidden"],
        policy_logits=policy["logits"],
        actions=policy["logits"].argmax(2),
        corners=corners,
        patches=patches.reshape(videos, count, *patches.shape[1:]),
        local=local,
        answers=answers,
        logits=answers[:, -1] if mean else answers.reshape(-1, answers.shape[2]),
        pred=np.exp(answers[:, -1]) if mean else answers[:, -1],
    )
