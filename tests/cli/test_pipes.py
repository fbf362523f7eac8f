import os
import subprocess
import sys

import pytest

CODE = """
import sys
from foveate.cli.pipes import drop_output, reader_has_gone
gone = reader_has_gone()
print("into nowhere")
if gone:
    drop_output()
sys.stdout.flush()
sys.exit(9 if gone else 0)
"""


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_reader_that_has_gone_is_noticed_and_what_is_left_is_dropped(name: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stdout, stderr = (writing if each == name else subprocess.PIPE for each in ("stdout", "stderr"))
    command = [sys.executable, "-c", CODE]
    try:
        result = subprocess.run(
            command, timeout=60, check=False, env=_buffered(), stdout=stdout, stderr=stderr
        )
    finally:
        os.close(writing)
    assert result.returncode == 9
    assert not result.stdout
    assert not result.stderr


def test_a_reader_that_is_there_gets_everything() -> None:
    command = [sys.executable, "-c", CODE]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "into nowhere\n", "")


def _buffered() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
