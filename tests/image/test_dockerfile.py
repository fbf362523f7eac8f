import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from foveate import __version__
from server.settings import PREFIX, Settings
from server.starting import unknown_settings
from tests.image.builder import REPOSITORY
from tests.image.check import PARTS, base_image

DOCKERFILE = (REPOSITORY / "Dockerfile").read_text()
STAGES = dict(
    re.findall(r"^FROM \S+ AS (\S+)\n(.*?)(?=^FROM |\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL),
)


def pins(name: str) -> dict[str, str]:
    lines = (REPOSITORY / name).read_text().splitlines()
    found = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    assert found
    return found


def requirements(*extras: str) -> set[str]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)]
    return {re.split(r"[\[<>=]", line)[0] for lines in lists for line in lines}


def hadolint(text: str) -> subprocess.CompletedProcess[str]:
    tool = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert tool is not None, "hadolint comes with the extra 'test'"
    return subprocess.run([tool, "-"], input=text, capture_output=True, text=True, check=False)


def test_hadolint_has_nothing_to_say() -> None:
    result = hadolint(DOCKERFILE)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


def test_hadolint_would_say_something() -> None:
    assert "DL3007" in hadolint("FROM debian:latest\n").stdout


def test_the_base_is_pinned_to_the_patch() -> None:
    assert re.fullmatch(r"docker\.io/library/python:\d+\.\d+\.\d+-slim-[a-z]+", base_image())
    bases = set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
    assert bases <= {"${PYTHON_IMAGE}", *STAGES}


@pytest.mark.parametrize(
    ("files", "extras"),
    [
        (("constraints.txt",), ("cpu",)),
        (("constraints.txt", "constraints-gpu.txt"), ("gpu", "nvdec", "tensorrt")),
    ],
)
def test_all_that_is_installed_is_pinned(files: tuple[str, ...], extras: tuple[str, ...]) -> None:
    pinned = {name.replace("_", "-").lower() for file in files for name in pins(file)}
    wanted = {re.sub(r"\[.*", "", name).lower() for name in requirements(*extras)}
    assert wanted <= pinned, wanted - pinned


def test_the_gpu_list_agrees_with_the_other() -> None:
    cpu, gpu = pins("constraints.txt"), pins("constraints-gpu.txt")
    assert not set(cpu) & set(gpu), "a version belongs in one of the two"
    assert gpu["onnxruntime-gpu"] == cpu["onnxruntime"]


def test_pip_takes_no_version_of_its_own() -> None:
    installs = re.findall(r"pip (?:--python \S+ )?install\b.*?(?=&&|;|\nCOPY|\n\n)", DOCKERFILE, re.DOTALL)
    assert len(installs) == 5
    for install in installs:
        assert "--constraint constraints.txt" in install or "--no-deps --no-index" in install, install


@pytest.mark.parametrize("target", sorted(PARTS))
def test_what_runs_is_nobody_in_particular(target: str) -> None:
    body = STAGES[target]
    assert re.findall(r"^USER (.*)$", body, re.MULTILINE) == ["10001:10001"]
    # Nothing is installed after it, and health is asked the way this version answers.
    assert not re.search(r"^(RUN|COPY)", body[body.index("\nUSER") :], re.MULTILINE)
    assert 'CMD ["foveate", "health"]' in body
    assert "pip" not in body


def test_a_gpu_is_used_for_networks_health_and_decoding() -> None:
    (libraries,) = re.findall(r"NVIDIA_DRIVER_CAPABILITIES=(\S+)", STAGES["gpu"])
    assert set(libraries.split(",")) == {"compute", "utility", "video"}
    installed = re.findall(r"--requirement (\w+)\.txt", STAGES["dependencies-gpu"])
    assert installed == ["gpu", "nvdec", "tensorrt"]


def test_the_build_stages_are_not_what_runs() -> None:
    for target in PARTS:
        assert re.search(rf"^FROM runtime AS {target}$", DOCKERFILE, re.MULTILINE)
    assert not re.search(r"pip|apt-get", STAGES["runtime"])


def test_the_image_says_its_version() -> None:
    assert f'org.opencontainers.image.version="{__version__}"' in DOCKERFILE


def test_every_setting_it_names_is_one() -> None:
    names = re.findall(rf"\b({PREFIX}\w+)=", DOCKERFILE)
    assert names
    assert unknown_settings(names) == []
    assert len(Settings.model_fields) > len(set(names))


def test_only_what_is_copied_is_sent_to_the_builder() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text().splitlines()
    sent = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    assert {name for names in copied for name in names.split()} == sent
    packages = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert {pattern.rstrip("*") for pattern in packages["find"]["include"]} <= sent
