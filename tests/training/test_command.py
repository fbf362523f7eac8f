import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from foveate.errors import ConfigError
from models.adafocus_v2 import AdaFocusV2Options
from models.adafocus_v2_checkpoint import read_adafocus_v2
from training.command import CHECKPOINT, LABELS, RESULTS, train
from training.config import read_config

CONFIG = """
out = "run"
cache = "cache"
save_every = 1
[data]
kind = "synthetic"
train = 10
validation = 10
test = 10
[sizes]
frames = 3
glance_base = 2
glance_side = 32
focus_base = 2
squeezed = 4
hidden = 8
classifier_width = 16
[[stages]]
kind = "random"
epochs = {epochs}
batch = 5
rate = 0.01
"""


def write(folder: Path, epochs: int = 1) -> Path:
    path = folder / "run.toml"
    path.write_text(CONFIG.format(epochs=epochs))
    return path


def test_a_run_leaves_a_checkpoint_that_export_can_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = train(read_config(write(tmp_path)), quiet=True)
    checkpoint = read_adafocus_v2(out / CHECKPOINT)
    assert checkpoint.sizes.classes == 10
    assert checkpoint.build(AdaFocusV2Options(64)).options.crop == 224
    assert (out / LABELS).read_text().splitlines()[0] == "waving"
    results = json.loads((out / RESULTS).read_text())
    for split in ("validation", "test"):
        assert results[split]["videos"] == 10
        with np.load(out / f"{split}.npz") as found:
            best = found["logits"][:, -1].argmax(1) == found["labels"]
        assert results[split]["policy"][2] == pytest.approx(best.mean())
    assert json.loads(capsys.readouterr().out) == results


def test_a_process_killed_at_any_moment_ends_in_the_same_weights(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    train(read_config(write(whole, epochs=6)), quiet=True)
    killed = tmp_path / "killed"
    killed.mkdir()
    path = write(killed, epochs=6)
    command = [sys.executable, "-m", "foveate.cli.main", "train", str(path), "--quiet"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (killed / "run" / "state.pt").is_file() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(60)
    train(read_config(path), quiet=True)
    first, second = (read_adafocus_v2(folder / "run" / CHECKPOINT).state for folder in (whole, killed))
    assert all(torch.equal(second[name], value) for name, value in first.items())


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text('device = "cuda"\n' + path.read_text())
    with pytest.raises(ConfigError, match="'cuda'"):
        train(read_config(path))
