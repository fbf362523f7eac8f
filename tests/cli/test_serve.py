import argparse
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from foveate.bundle.load import untrained_bundle
from foveate.cli import serve
from server.settings import Settings


def refused(*arguments: str) -> str:
    """The one line that a server which cannot start leaves."""
    command = [sys.executable, "-m", "foveate.cli.main", "serve", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1, result
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("foveate serve: ")
    assert result.stdout == ""
    return result.stderr


def copy(target: Path) -> Path:
    return Path(shutil.copytree(untrained_bundle(), target))


def without_a_graph(folder: Path) -> None:
    (folder / "focus.onnx").unlink()


def with_a_flipped_byte(folder: Path) -> None:
    path = folder / "focus.onnx"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def with_a_broken_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("{")


def with_an_unknown_key(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"surprise": 1}))


@pytest.mark.parametrize(
    "spoil", [without_a_graph, with_a_flipped_byte, with_a_broken_manifest, with_an_unknown_key]
)
def test_a_corrupt_bundle_is_said_in_one_line(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    folder = copy(tmp_path / "bundle")
    spoil(folder)
    assert str(folder) in refused("--port", "0", "--bundle", str(folder))


def test_a_port_in_use_is_said_before_anything_is_loaded() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        message = refused("--port", port, "--bundle", "/nowhere")
    assert f"cannot listen on 127.0.0.1 port {port}" in message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "99999"], "--port (or FOVEATE_PORT)"),
        (["--upload-folder", "/nowhere"], "/nowhere"),
        (["--bundle", str(untrained_bundle()), "--bundle", str(untrained_bundle())], "two bundles are named"),
        (["--pages", "3"], "--pages"),
        (["--runtime", "cuda", "--device", "900"], "the runtime 'cuda' cannot be had: "),
        (["--runtime", "abacus"], "--runtime (or FOVEATE_RUNTIME)"),
    ],
)
def test_settings_that_cannot_be_honoured_are_said_in_one_line(arguments: list[str], message: str) -> None:
    port = [] if "--port" in arguments else ["--port", "0"]
    assert message in refused(*port, *arguments)


def test_every_setting_is_a_flag() -> None:
    parser = argparse.ArgumentParser()
    serve.configure(parser)
    flags = {flag for action in parser._actions for flag in action.option_strings}
    assert {f"--{name.replace('_', '-')}" for name in Settings.model_fields} <= flags
    assert "(default: 127.0.0.1/32,::1/128)" in " ".join(parser.format_help().split())
    assert "FOVEATE_" in parser.format_help()
    assert vars(parser.parse_args([])) == {}
    assert vars(parser.parse_args(["--bundle", "a", "--bundle", "b"])) == {"bundle": ["a", "b"]}


START = """
import os, signal, time
from foveate.cli.serve import heed_sigterm
signal.signal(signal.SIGINT, {handler})
heed_sigterm()
try:
    os.kill(os.getpid(), signal.{sent})
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize("sent", ["SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("handler", ["signal.default_int_handler", "signal.SIG_IGN"])
def test_signals_interrupt_a_start_whatever_becomes_of_sigint(handler: str, sent: str) -> None:
    command = [sys.executable, "-c", START.format(handler=handler, sent=sent)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "interrupted\n", "")
