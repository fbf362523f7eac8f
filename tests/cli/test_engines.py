import argparse
import shutil
from pathlib import Path

import pytest

from foveate.bundle.load import untrained_bundle
from foveate.cli import engines
from foveate.cli.main import main
from foveate.runtimes.gpu import Gpu
from foveate.runtimes.wish import RuntimeName, Wish
from foveate.tensorrt.cache import read_record
from foveate.tensorrt.flavour import Flavour
from foveate.tensorrt.key import PlanVerdict
from tests.tensorrt.made import HostDevice, Library


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return Path(shutil.copytree(untrained_bundle(), tmp_path / "bundle"))


def test_engines_are_built_listed_and_inspected(
    bundle: Path, tmp_path: Path, rtx: Flavour, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = ["--engine-cache", str(tmp_path / "engines")]
    build = ["engines", "build", str(bundle), "--rtx", "--batch-frames", "2", "--batch-videos", "1", *cache]
    assert main(build) == 0
    built = capsys.readouterr()
    assert len(built.out.splitlines()) == 6
    assert "fp16, batches to 2, GPU any any" in built.out
    assert "policy_step" in built.out
    assert main(build) == 0
    again = capsys.readouterr()
    assert (again.out, again.err) == (built.out, "")
    assert main(["engines", "list", *cache]) == 0
    assert sorted(capsys.readouterr().out.splitlines()) == sorted(built.out.splitlines())
    (glance,) = (tmp_path / "engines").glob("glance-*.engine")
    assert main(["engines", "inspect", str(glance)]) == 0
    assert "pixels: float32 n x 3 x 224 x 224, batches of 1 to 2" in capsys.readouterr().out
    record = read_record(glance)
    assert record is not None
    plan = PlanVerdict(engines={}, videos=2, lost=3)
    noted = record.model_copy(update={"plan": plan}).model_dump_json()
    glance.with_suffix(".json").write_text(noted)
    assert main(["engines", "inspect", str(glance)]) == 0
    assert "plan                3 choices are not a CPU's, on 2 made-up" in capsys.readouterr().out
    glance.write_bytes(b"something else")
    assert main(["engines", "inspect", str(glance)]) == 1
    assert "is not the engine that its record is of" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "DIR", "--rtx", "--batch-frames", "-1"], "--batch-frames (or FOVEATE_BATCH_FRAMES): "),
        (["build", "DIR", "--rtx", "--batch-videos", "x"], "--batch-videos (or FOVEATE_BATCH_VIDEOS): "),
        (["build", "DIR", "--rtx", "--compute-capability", "1.0"], "does not compile for 1.0"),
        (["build", "/nowhere", "--rtx"], "there is no bundle at /nowhere"),
        (["inspect", "/nowhere.engine"], "/nowhere.engine has no record"),
        (["inspect", ""], ". is no file of an engine"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    bundle: Path,
    tmp_path: Path,
    rtx: Flavour,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    place = [] if arguments[0] == "inspect" else ["--engine-cache", str(tmp_path / "engines")]
    assert main(["engines", *(str(bundle) if each == "DIR" else each for each in arguments), *place]) == 1
    err = capsys.readouterr().err.splitlines()[-1]
    assert err.startswith("foveate engines: ")
    assert said in err


def test_the_servers_settings_are_heeded(
    bundle: Path,
    tmp_path: Path,
    rtx: Flavour,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FOVEATE_BATCH_FRAMES", "2")
    monkeypatch.setenv("FOVEATE_RUNTIME", "cpu")
    monkeypatch.setattr("server.sizing.gpu_memory", lambda index: None)
    monkeypatch.setattr("foveate.runtimes.gpu.gpu_memory", lambda index: None)
    assert main(["engines", "build", str(bundle), "--rtx", "--engine-cache", str(tmp_path)]) == 0
    told = capsys.readouterr()
    most = {line.split("-")[0]: line.split("batches to ")[1].split(",")[0] for line in told.out.splitlines()}
    assert (most["glance"], most["focus"], most["policy"]) == ("2", "2", "8")
    assert told.err.startswith("there is no GPU here to suit: batches of up to 2 frames and 8 videos; ")


def test_the_gpu_that_is_built_on_is_the_one_that_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = HostDevice()
    opened: list[int] = []

    def open_device(index: int) -> HostDevice:
        opened.append(index)
        return device

    monkeypatch.setattr(Flavour, "load", lambda flavour: Library(lambda said, data: None))
    monkeypatch.setattr(
        "foveate.tensorrt.flavour.find_gpu", lambda index: Gpu(index, f"GPU {index}", "9.0", "1")
    )
    monkeypatch.setattr("foveate.tensorrt.device.CudaDevice", open_device)
    monkeypatch.setattr("server.sizing.gpu_memory", lambda index: None)
    parser = argparse.ArgumentParser()
    engines.add_build_arguments(parser)
    store = engines.store_of(parser.parse_args(["--device", "3"]))
    built: list[object] = []
    monkeypatch.setattr("foveate.tensorrt.bundle.build_bundle", lambda *given: iter(()))
    monkeypatch.setattr("foveate.tensorrt.runtime.check_engines", lambda *given: built.append(given[2:]))
    assert engines.build(parser.parse_args(["--device", "3"]), untrained_bundle()) == 0
    assert built == [(device, Wish(RuntimeName.TENSORRT, 3))]
    assert opened == [3, 3, 3]
    opened.clear()
    store.options.use()
    assert (store.target.gpu, device.used) == ("GPU 3", 1)
    monkeypatch.setenv("FOVEATE_DEVICE", "1")
    assert engines.store_of(parser.parse_args([])).target.gpu == "GPU 1"


def test_an_empty_cache(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["engines", "list", "--engine-cache", str(tmp_path / "nothing")]) == 0
    assert capsys.readouterr().out == ""


def test_a_cache_that_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "file"
    path.touch()
    assert main(["engines", "list", "--engine-cache", str(path)]) == 1
    assert capsys.readouterr().err == f"foveate engines: {path} is no folder of engines\n"
