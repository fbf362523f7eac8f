import json
import re
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
from models.ocsampler_checkpoint import read_ocsampler
from models.uni_adafocus_tsm_checkpoint import read_uni_adafocus_tsm
from tests.training.end_to_end.tiny import network
from training.command import CHECKPOINT, LABELS, RESULTS, train, write_outcome
from training.config import read_config
from training.outcome import layout_of
from training.synthetic.clip import SceneSettings
from training.synthetic.files import write_data_set

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

WHOLE = """
out = "run"
cache = "cache"
[data]
kind = "videos"
folder = "clips"
choices = 2
[sizes]
system = "uni-adafocus-tsm"
glance_frames = 4
focus_frames = 3
candidates = 12
crop = 64
patch = 32
glance = { width = 0.25, last = 16 }
focus_base = 4
spatial_hidden = 8
temporal_hidden = 8
[start]
focus = "start.pth.tar"
[[stages]]
kind = "end_to_end"
epochs = 1
batch = 6
rate = 1e-12
removals = 4
"""

CHOSEN = """
out = "run"
cache = "cache"
[data]
kind = "videos"
folder = "clips"
choices = 2
[sizes]
system = "ocsampler"
frames = 4
keep = 2
crop = 32
skim_side = 32
skim = { width = 0.25, last = 16 }
focus_base = 4
embedding = 16
[[stages]]
kind = "subsets"
epochs = 1
batch = 5
rate = 0.01
[[stages]]
kind = "choice"
epochs = 1
batch = 5
augment = false
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
    state = killed / "run" / "state.pt"
    while not state.is_file() and process.poll() is None:
        time.sleep(0.01)
    # Stopped first, so that it cannot end between the look at it and the kill.
    process.send_signal(signal.SIGSTOP)
    assert state.is_file()
    assert process.poll() is None
    process.kill()
    assert process.wait(60) == -signal.SIGKILL
    train(read_config(path), quiet=True)
    first, second = (read_adafocus_v2(folder / "run" / CHECKPOINT).state for folder in (whole, killed))
    assert all(torch.equal(second[name], value) for name, value in first.items())


def write_clips(folder: Path) -> None:
    """Fourteen videos of two classes, two of them held out for each split."""
    looks = SceneSettings(width=112, height=96, crop=80, seconds=0.5, clutter=4, moving=1)
    listed = write_data_set(folder, 14, seed=1, held_out=0.2, settings=looks)
    rows = listed.read_text().splitlines()
    names = {row.split(",")[1]: f"class {place % 2}" for place, row in enumerate(rows[1:])}
    text = "\n".join(
        [rows[0], *(row.replace(row.split(",")[1], names[row.split(",")[1]]) for row in rows[1:])]
    )
    listed.write_text(text)


def test_a_run_end_to_end_on_videos(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_clips(tmp_path / "clips")
    donor = network("tsm", seed=4)
    torch.save(layout_of(donor), tmp_path / "start.pth.tar")
    (tmp_path / "run.toml").write_text(WHOLE)
    out = train(read_config(tmp_path / "run.toml"), quiet=True)
    results = json.loads((out / RESULTS).read_text())
    assert json.loads(capsys.readouterr().out) == results
    for split in ("validation", "test"):
        assert results[split]["videos"] == 2
        with np.load(out / f"{split}.npz") as found:
            right = found["logits"].argmax(2) == found["labels"][:, None]
        assert results[split]["answers"] == pytest.approx(right.mean(0))
    state = read_uni_adafocus_tsm(out / CHECKPOINT).state
    torch.testing.assert_close(
        state["focus.stream.net.conv1.weight"], donor.state_dict()["focus.net.conv1.weight"]
    )
    pools = sorted(path.stat().st_size for path in tmp_path.glob("cache/*/pools.npy"))
    frames = 4 + 12
    held, kept = 2 * frames * 64 * 64 * 3, 10 * frames * 2 * 73 * 73 * 3
    assert pools == pytest.approx([held, held, kept], rel=0.01)


def test_frames_that_a_policy_chose_are_scored_beside_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_clips(tmp_path / "clips")
    (tmp_path / "run.toml").write_text(CHOSEN)
    out = train(read_config(tmp_path / "run.toml"), quiet=True)
    results = json.loads((out / RESULTS).read_text())
    assert json.loads(capsys.readouterr().out) == results
    for split in ("validation", "test"):
        assert {name: len(results[split][name]) for name in ("policy", "uniform", "random")} == {
            "policy": 2,
            "uniform": 2,
            "random": 2,
        }
        with np.load(out / f"{split}.npz") as found:
            right = found["logits"].argmax(2) == found["labels"][:, None]
        assert results[split]["policy"] == pytest.approx(right.mean(0))
    assert read_ocsampler(out / CHECKPOINT).sizes.embedding == 16
    pools = sorted(path.stat().st_size for path in tmp_path.glob("cache/videos-*/pools.npy"))
    held, kept = 2 * 4 * 32 * 32 * 3, 10 * 4 * 2 * 36 * 36 * 3
    assert pools == pytest.approx([held, held, kept], rel=0.02)


@pytest.mark.parametrize("folder", ["out", "cache"])
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, folder: str) -> None:
    path = write(tmp_path)
    (tmp_path / "file").touch()
    text = re.sub(f"(?m)^{folder} = .*", f'{folder} = "file/within"', path.read_text())
    path.write_text(text)
    with pytest.raises(ConfigError, match="cannot be made: Not a directory"):
        train(read_config(path), quiet=True)


def test_the_bytes_of_a_checkpoint_depend_on_its_weights_alone(tmp_path: Path) -> None:
    net = network("tsm", seed=4)
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        write_outcome(tmp_path / folder, net, ("a", "b"), "{}")
        assert len(list((tmp_path / folder).iterdir())) == 3
    first, second = (tmp_path / folder / CHECKPOINT for folder in ("one", "other"))
    assert first.read_bytes() == second.read_bytes()


def test_the_synthetic_set_has_one_size(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text(path.read_text().replace("[sizes]", "[sizes]\ncrop = 192"))
    with pytest.raises(ConfigError, match="frames of 224 pixels"):
        train(read_config(path))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text('device = "cuda"\n' + path.read_text())
    with pytest.raises(ConfigError, match="'cuda'"):
        train(read_config(path))
