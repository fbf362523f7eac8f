import platform
import re

from prometheus_client import CollectorRegistry, generate_latest

from foveate import __version__
from foveate.engine.messages import Stage
from foveate.runtimes.base import RuntimeInfo
from foveate.video.settings import PoolStats
from server.levels import Levels
from tests.server.live import Live

PYTHON = platform.python_version()


class State:
    runtime = RuntimeInfo("onnx 1", "cpu", "why")

    def levels(self) -> dict[str, float]:
        return {"pages_free": 7.0}

    def depths(self) -> dict[tuple[str, Stage], int]:
        return {("m", Stage.FOCUS): 3}

    def decode_stats(self) -> PoolStats:
        return PoolStats(workers=2, alive=2, busy=1, timeouts=4)


def test_they_are_read_when_they_are_asked_for() -> None:
    registry = CollectorRegistry()
    registry.register(Levels(State()))
    lines = generate_latest(registry).decode().splitlines()
    for line in (
        "foveate_pages_free 7.0",
        'foveate_queue_units{model="m",stage="focus"} 3.0',
        "foveate_decode_busy 1.0",
        "foveate_decode_timeouts_total 4.0",
        f'foveate_build_info{{device="cpu",python="{PYTHON}",runtime="onnx 1",version="{__version__}"}} 1.0',
    ):
        assert line in lines, line


def test_every_level_of_a_server_says_what_it_is(live: Live) -> None:
    said = dict(re.findall(r"# HELP foveate_(\w+) (.+)", live.service.telemetry.exposition().decode()))
    levels = {*live.service.levels(), "queue_units", "decode_alive", "decode_fell_back_total"}
    assert levels <= said.keys()
    for name, text in said.items():
        assert text.endswith("."), name
        assert len(text.split()) >= 2, name
        assert text.lower().rstrip(".") != name.replace("_", " ")
