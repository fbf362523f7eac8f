"""A bundle's graphs run one after the other from pixels, as the engine does it."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from export.parity import Array
from foveate.bundle.load import Bundle
from models.adafocus import cut


class GraphRunner:
    """Runs the graphs of a folder on the CPU, each opened when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sessions: dict[str, onnxruntime.InferenceSession] = {}

    def run(self, file: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Run a batch; the outputs by name."""
        if file not in self._sessions:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            self._sessions[file] = onnxruntime.InferenceSession(
                self._folder / file, options, providers=["CPUExecutionProvider"]
            )
        session = self._sessions[file]
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(names, dict(inputs)), strict=True))


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
