import re
import sys
from pathlib import Path

import pytest

from foveate.errors import UnavailableError
from foveate.runtimes.nvidia_smi import ListedGpu, list_gpus


def tool(folder: Path, does: str) -> str:
    path = folder / "nvidia-smi"
    path.write_text(f"#!{sys.executable}\nimport sys, time\n{does}\n")
    path.chmod(0o755)
    return str(path)


def saying(folder: Path, text: str, code: int = 0) -> str:
    return tool(folder, f"print({text!r})\nsys.exit({code})")


def test_it_is_asked_for_what_is_read(tmp_path: Path) -> None:
    noted = tmp_path / "arguments"
    command = tool(tmp_path, f"open({str(noted)!r}, 'w').write(repr(sys.argv[1:]))\nprint('0, Card, GPU-1')")
    assert list_gpus(command=command) == (ListedGpu(0, "Card", "GPU-1"),)
    assert noted.read_text() == "['--query-gpu=index,name,uuid', '--format=csv,noheader']"


def test_every_gpu_of_the_list(tmp_path: Path) -> None:
    command = saying(tmp_path, "0, NVIDIA H200, GPU-a\n1, NVIDIA H200 MIG 1g.18gb, GPU-b")
    assert list_gpus(command=command) == (
        ListedGpu(0, "NVIDIA H200", "GPU-a"),
        ListedGpu(1, "NVIDIA H200 MIG 1g.18gb", "GPU-b"),
    )


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("Failed to initialize NVML: Unknown Error", 255, "failed with 255: Failed to initialize NVML"),
        ("NVIDIA-SMI has failed because it couldn't communicate with the driver.", 9, "failed with 9"),
        ("", 6, "failed with 6: it says nothing"),
        ("", 0, "lists no GPU"),
        ("No devices were found", 0, "No devices were found"),
        ("0, NVIDIA H200, GPU-a\n1, [GPU is lost], [GPU is lost]", 0, "1, [GPU is lost]"),
        ("0, ERR!, GPU-a", 0, "ERR!"),
        ("0, NVIDIA H200, [Unknown Error]", 0, "[Unknown Error]"),
        ("0, NVIDIA H200, [GPU requires reset]", 0, "[GPU requires reset]"),
        (
            "Unable to determine the device handle for GPU0000:03:00.0: Unknown Error",
            0,
            "Unable to determine",
        ),
    ],
)
def test_whatever_is_wrong_is_said(tmp_path: Path, text: str, code: int, message: str) -> None:
    with pytest.raises(UnavailableError, match=re.escape(message)):
        list_gpus(command=saying(tmp_path, text, code))


def test_a_driver_that_hangs(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"did not answer within 0\.2 s"):
        list_gpus(timeout_s=0.2, command=tool(tmp_path, "time.sleep(60)"))


def test_no_driver(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="cannot be run: No such file"):
        list_gpus(command=str(tmp_path / "nvidia-smi"))
