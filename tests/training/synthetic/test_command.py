import subprocess
import sys
from pathlib import Path


def test_the_command_writes_a_set_and_says_where(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "foveate.cli.main", "synthesize", str(tmp_path / "set")]
    result = subprocess.run(
        [*command, "--clips", "2", "--quiet"], capture_output=True, text=True, timeout=120, check=True
    )
    assert result.stdout == f"{tmp_path}/set/clips.csv\n"
    assert len(list((tmp_path / "set").glob("*.mp4"))) == 2
    again = subprocess.run(
        [*command, "--clips", "2"], capture_output=True, text=True, timeout=120, check=False
    )
    assert again.returncode == 1
    assert again.stderr.count("\n") == 1
