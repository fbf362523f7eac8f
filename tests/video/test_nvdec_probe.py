import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from foveate.errors import ConfigError
from foveate.runtimes.gpu import Gpu, NoGpuError, find_gpu
from foveate.video import nvdec, nvdec_probe
from foveate.video.nvdec_probe import ask, require_nvdec
from tests.video import fake_nvdec

ANY_GPU = Gpu(0, "made up", "9.0", "1")


def asking(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_the_decoder_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvdec_probe, "find_gpu", lambda index: ANY_GPU)
    assert ask(0, fake_nvdec.binding) is None


def test_what_is_missing_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_gpu(index: int) -> Gpu:
        raise NoGpuError("no CUDA device")

    def no_driver() -> Any:
        raise RuntimeError("no libnvcuvid\nand a page of advice")

    monkeypatch.setattr(nvdec_probe, "find_gpu", no_gpu)
    assert ask(0) == "no CUDA device"
    monkeypatch.setattr(nvdec_probe, "find_gpu", lambda index: ANY_GPU)
    broken = fake_nvdec.binding(GetDecoderCaps=lambda **_: no_driver())
    assert ask(0, lambda: broken) == "no libnvcuvid"
    monkeypatch.setattr(nvdec, "MODULE", "no_such_module")
    said = ask(0)
    assert said is not None
    assert "not installed; the extra 'nvdec' does" in said


def test_it_is_asked_in_a_process_of_its_own() -> None:
    require_nvdec(3, asking("import sys; print('advice'); sys.exit(int(sys.argv[1]) - 3)"))
    with pytest.raises(ConfigError, match=r"^videos cannot be decoded by nvdec: no such thing$"):
        require_nvdec(0, asking("print('a warning'); print('no such thing'); raise SystemExit(1)"))
    with pytest.raises(ConfigError, match=r"nvdec: RuntimeError: it broke$"):
        require_nvdec(0, asking("raise RuntimeError('it broke')"))
    with pytest.raises(ConfigError, match=r"nvdec: asking for it ended with exit status 7$"):
        require_nvdec(0, asking("raise SystemExit(7)"))


def test_a_library_that_ends_its_process_does_not_end_the_server() -> None:
    with pytest.raises(ConfigError, match=r"nvdec: asking for it ended the process by signal 6$"):
        require_nvdec(0, asking("import os; os.abort()"))


def test_whatever_the_command_does_is_told_in_one_line() -> None:
    with pytest.raises(ConfigError, match=r"nvdec: No such file or directory$"):
        require_nvdec(0, ["/no/such/command"])
    with pytest.raises(ConfigError, match=r"nvdec: \ufffd$"):
        require_nvdec(0, asking("import sys; sys.stdout.buffer.write(b'\\xff'); sys.exit(1)"))
    with pytest.raises(ConfigError, match=r"by signal 40$"):
        require_nvdec(0, asking("import os; os.kill(os.getpid(), 40)"))


def test_files_in_the_working_folder_are_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "foveate").mkdir()
    (tmp_path / "foveate" / "__init__.py").write_text("open('run', 'w').close()")
    monkeypatch.chdir(tmp_path)
    # An interpreter that runs a command has the working folder in its path; the command line has not.
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    with suppress(ConfigError):
        require_nvdec(0)
    assert not (tmp_path / "run").exists()


def test_one_that_hangs_is_given_up() -> None:
    with pytest.raises(ConfigError, match=r"nvdec: no word of it in 0\.5 s$"):
        require_nvdec(0, asking("import time; time.sleep(60)"), timeout_s=0.5)


def test_on_this_machine() -> None:
    try:
        find_gpu(0)
    except ConfigError as error:
        with pytest.raises(ConfigError, match=re.escape(f"videos cannot be decoded by nvdec: {error}")):
            require_nvdec(0)
    else:
        pytest.skip("there is a GPU here")
