import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from foveate.errors import BundleError, ConfigError
from foveate.tensorrt.build import Built
from foveate.tensorrt.cache import EngineCache, read_record
from tests.tensorrt.made import built, key


class Builder:
    """Counts what it builds, and keeps the times it was given."""

    def __init__(self) -> None:
        self.given: list[bytes | None] = []

    def __call__(self, timing: bytes | None) -> Built:
        self.given.append(timing)
        return built(b"engine %d" % len(self.given))


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def cache(tmp_path: Path, said: list[str]) -> EngineCache:
    return EngineCache(tmp_path / "engines", said.append)


def test_an_engine_is_built_once(cache: EngineCache, said: list[str]) -> None:
    build = Builder()
    kept = cache.get("glance", key(), build)
    assert kept.path.name.startswith("glance-aaaaaaaaaaaa-")
    assert cache.get("glance", key(), build) == kept
    assert (kept.path.read_bytes(), build.given) == (b"engine 1", [None])
    assert kept.record == read_record(kept.path)
    assert "there is none yet" in said[0]
    assert "built in 1.5 s" in said[1]
    assert list(cache) == [kept]


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"driver": "590"}, "its driver is 580.1, wanted is 590"), ({"version": "12"}, "its version is")],
)
def test_an_engine_for_something_else_is_built_anew(
    cache: EngineCache, said: list[str], change: dict[str, str], reason: str
) -> None:
    build = Builder()
    first = cache.get("glance", key(), build)
    second = cache.get("glance", key(**change), build)
    assert second.path == first.path
    assert second.path.read_bytes() == b"engine 2"
    assert reason in said[2]
    assert cache.get("glance", key(**change), build).record == second.record
    assert len(build.given) == 2


def test_another_gpus_engine_is_left_alone(cache: EngineCache) -> None:
    build = Builder()
    paths = {cache.get("glance", key(gpu=name), build).path for name in ("one", "two")}
    assert len(paths) == 2


@pytest.mark.parametrize("ending", [".engine", ".json"])
@pytest.mark.parametrize("data", [b"", b"{}", None])
def test_what_was_spoilt_is_built_anew(
    cache: EngineCache, said: list[str], ending: str, data: bytes | None
) -> None:
    build = Builder()
    kept = cache.get("glance", key(), build)
    spoilt = kept.path.with_suffix(ending)
    spoilt.unlink() if data is None else spoilt.write_bytes(data)
    assert cache.get("glance", key(), build).path.read_bytes() == b"engine 2"
    assert len(said) == 4


def test_measured_times_are_handed_to_the_next_build(cache: EngineCache) -> None:
    build = Builder()
    cache.get("glance", key(), build)
    cache.get("focus", key(graph_sha256="b" * 64), build)
    cache.get("focus", key(graph_sha256="c" * 64, version="12"), build)
    assert build.given == [None, b"times", None]


def test_those_who_start_together_build_once(cache: EngineCache) -> None:
    build, together = Builder(), threading.Barrier(4)

    def start(number: int) -> bytes:
        together.wait(30)
        return EngineCache(cache.folder).get("glance", key(), build).path.read_bytes()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(start, range(4))) == {b"engine 1"}
    assert len(build.given) == 1


def test_a_build_that_fails_leaves_nothing(cache: EngineCache) -> None:
    def fail(timing: bytes | None) -> Built:
        raise BundleError("no")

    with pytest.raises(BundleError, match="no"):
        cache.get("glance", key(), fail)
    assert list(cache) == []
    assert [path.suffix for path in cache.folder.iterdir()] == [".lock"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="engines cannot be kept in"):
        EngineCache(tmp_path / "file" / "engines").get("glance", key(), Builder())
