"""What a GPU's session runs: that everything is in it, and in which order."""

import lzma
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from benchmarks.gpu.bundles import makers
from benchmarks.gpu.steps import BUNDLES, PROVIDER, Places, Step, device_tests, phases, table, unpacked


@pytest.fixture
def at(tmp_path: Path) -> Places:
    packed = tmp_path / "packed"
    for name in ("golden/one.json", "clips/clip.mp4", "wheels/h11.whl", PROVIDER):
        (packed / name).parent.mkdir(parents=True, exist_ok=True)
        (packed / name).touch()
    return Places(packed, tmp_path / "work", tmp_path / "raw")


def steps(at: Places) -> dict[str, Step]:
    return {step.name: step for phase in phases(at, 5.0) for step in phase.steps}


def test_everything_is_in_it_what_matters_most_first(at: Places) -> None:
    assert set(BUNDLES) == set(makers())
    order = [[step.name for step in phase.steps] for phase in phases(at, 5.0)]
    assert order == [
        ["install", "machine"],
        [*(f"bundle-{name}" for name in BUNDLES), "unpack"],
        ["gpu-adafocus-tsm-p144", "tests"],
        [*(f"parity-{name}" for name in BUNDLES), "golden-one"],
        [
            "layers",
            "gpu-tsm-plus",
            "tests-onnxruntime",
            "gpu-onnxruntime",
            "mp4-in",
            "gpu-resnet50",
            "gpu-adafocus-p128",
        ],
    ]


def test_what_was_not_packed_is_not_run(at: Places) -> None:
    empty = Places(at.packed / "none", at.work, at.raw)
    names = list(steps(empty))
    first, *others = BUNDLES
    parities = [f"parity-{name}" for name in BUNDLES]
    assert names == [
        "machine",
        *(f"bundle-{name}" for name in BUNDLES),
        f"gpu-{first}",
        "tests",
        *parities,
        "layers",
        *(f"gpu-{name}" for name in others),
    ]


def test_only_exports_and_golden_sets_share_the_machine(at: Places) -> None:
    beside = [step.name.split("-")[0] for phase in phases(at, 5.0) if phase.beside for step in phase.steps]
    assert set(beside) == {"bundle", "unpack", "parity", "golden"}
    assert sum(phase.share for phase in phases(at, 5.0) if phase.beside) < 0.6


def test_only_what_needs_it_sees_the_provider(at: Places) -> None:
    ahead = {name for name, step in steps(at).items() if step.ahead is not None}
    assert ahead == {"tests-onnxruntime", "gpu-onnxruntime"}
    assert at.provider != at.site


def test_ceilings_are_handed_on_and_every_report_is_in_the_table(at: Places) -> None:
    measured = [step for name, step in steps(at).items() if name.startswith("gpu-")]
    assert len(measured) == len(BUNDLES) + 1
    assert len({step.command[step.command.index("--ceilings") + 1] for step in measured}) == 1
    assert all(step.command[step.command.index("--out") + 1] in table(at) for step in measured)
    assert all(step.command[step.command.index("--seconds") + 1] == "5" for step in measured)
    held = [step for name, step in steps(at).items() if name.startswith("parity-")]
    assert {step.command[step.command.index("--out") + 1] for step in held} <= set(table(at))


def test_layers_are_of_the_bundle_that_comes_first_and_leave_a_report(at: Places) -> None:
    step = steps(at)["layers"]
    assert step.command[step.command.index("--bundle") + 1] == str(at.bundles / BUNDLES[0])
    # What the session collects.
    assert Path(step.command[step.command.index("--out") + 1]).parent == at.raw
    assert step.command[-1].endswith(".json")
    assert step.limit_s <= 45


def test_the_tests_that_need_a_gpu_are_found_and_no_others() -> None:
    # As they are collected here: those of the provider are a step of their own.
    command = [word for word in device_tests().command if word != "-q"]
    done = subprocess.run([*command, "--collect-only", "-qq"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    found = dict(line.split(": ") for line in done.stdout.splitlines() if ": " in line)
    names = ("cuda", "convolution", "temporal_shift", "runtime")
    assert set(found) == {f"tests/device/test_{name}.py" for name in names}
    # That they take no longer than is reckoned for them.
    assert 100 < sum(map(int, found.values())) < 150


def test_the_provider_is_unpacked_without_a_program_for_it(at: Places) -> None:
    module = at.packed / "onnxruntime" / "__init__.py"
    module.parent.mkdir()
    module.write_text("here = True\n")
    with lzma.open(at.packed / PROVIDER, "wb") as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(module.parent, "onnxruntime")
    command = unpacked(at).command
    assert command[0] == sys.executable
    subprocess.run(command, check=True, env={"PATH": ""})
    assert (at.provider / "onnxruntime" / "__init__.py").read_text() == "here = True\n"
