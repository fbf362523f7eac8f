import os
import platform
from pathlib import Path

from foveate import __version__
from foveate.bench.inputs import Item
from foveate.bench.plan import LevelPlan, Options
from foveate.bench.setup import cpu_name, describe
from tests.bench.made import ITEM, RULES, model


def options(**changes: object) -> Options:
    facts: dict[str, object] = {
        "url": "http://server",
        "headers": {"X-Key": "s3cret"},
        "inputs": (),
        "frames": None,
        "frame_size": None,
        "form": False,
        "parameters": {"top_k": "1"},
        "shuffled": False,
        "seed": 0,
        "levels": (LevelPlan("rate", 2, poisson=False),),
        "search": None,
        "rules": RULES,
        "timeout_s": 60.0,
        "limit_s": None,
        "json": None,
        "csv": None,
        "requests": None,
        "picture": None,
        "quiet": True,
    }
    return Options(**facts | changes)  # type: ignore[arg-type]


def test_everything_that_is_needed_to_measure_again() -> None:
    items = [Item(f"{number}.mp4", b"12", {}, label=number % 2 or None) for number in range(20)]
    setup = describe(options(), "foveate bench", model(), "1.2", "/v1/videos:classify", items)
    assert setup.command == "foveate bench"
    assert setup.started.endswith("+00:00")
    assert (setup.versions["foveate"], setup.versions["server"]) == (__version__, "1.2")
    assert set(setup.versions) == {"server", "foveate", "python", "aiohttp", "uvloop"}
    assert setup.host.cores == len(os.sched_getaffinity(0))
    assert (setup.inputs.count, setup.inputs.bytes, setup.inputs.labelled) == (20, 40, 10)
    assert len(setup.inputs.names) == 16
    assert setup.headers == ["X-Key"]
    assert "s3cret" not in setup.model_dump_json()
    assert setup.parameters == {"top_k": "1"}
    assert setup.model.runtime.device == "cpu"
    assert setup.options["arrivals"] == "constant"
    assert setup.options["window_s"] == 10
    closed = options(levels=(LevelPlan("concurrency", 2),))
    assert describe(closed, "", model(), "1.2", "/", [ITEM]).options["arrivals"] == "closed loop"


def test_the_processor(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: A Processor: Fast\n")
    assert cpu_name(tmp_path / "cpuinfo") == "A Processor: Fast"
    assert cpu_name(tmp_path / "none") == platform.machine()
