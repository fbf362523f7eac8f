import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

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
    kept, engine = cache.get("glance", key(), build)
    assert kept.path.name.startswith("glance-aaaaaaaaaaaa-")
    assert cache.get("glance", key(), build) == (kept, engine)
    assert (engine, kept.path.read_bytes(), build.given) == (b"engine 1", b"engine 1", [None])
    assert kept.record == read_record(kept.path)
    assert "there is none yet" in said[0]
    assert "built in 1.5 s" in said[1]
    assert list(cache) == [kept]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"driver": "590"}, "its driver is 580.1, wanted is 590"),
        ({"version": "12"}, "its version is"),
        ({"gpu": "Another"}, "its gpu is Some GPU"),
    ],
)
def test_an_engine_for_something_else_is_left_alone_and_the_difference_is_said(
    cache: EngineCache, said: list[str], change: dict[str, str], reason: str
) -> None:
    build = Builder()
    first, _ = cache.get("glance", key(), build)
    second, engine = cache.get("glance", key(**change), build)
    assert (engine, first.path.read_bytes()) == (b"engine 2", b"engine 1")
    assert f"there is none yet, but one of which {reason}" in said[2]
    assert list(cache.alike("glance", key())) == list(cache)
    assert {each.path for each in cache} == {first.path, second.path}
    assert list(cache.alike("glance", key(flavour="tensorrt-rtx"))) == []


def test_a_record_of_something_else_does_not_fit(cache: EngineCache, said: list[str]) -> None:
    build = Builder()
    kept, _ = cache.get("glance", key(), build)
    record = kept.path.with_suffix(".json")
    record.write_text(record.read_text().replace('"tf32": false', '"tf32": true'))
    assert cache.get("glance", key(), build)[1] == b"engine 2"
    assert "its tf32 is True, wanted is False; building" in said[2]


def test_an_engine_that_the_library_does_not_take_is_built_anew(cache: EngineCache, said: list[str]) -> None:
    build = Builder()
    kept, _ = cache.get("glance", key(), build)
    refused = kept.record.engine_sha256
    assert cache.get("glance", key(), build, refused)[1] == b"engine 2"
    assert "the library does not take it; building" in said[2]
    # Another process that was refused the same finds the new one.
    assert cache.get("glance", key(), build, refused)[1] == b"engine 2"


@pytest.mark.parametrize("ending", [".engine", ".json"])
@pytest.mark.parametrize("data", [b"", b"{}", None])
def test_what_was_spoilt_is_built_anew(
    cache: EngineCache, said: list[str], ending: str, data: bytes | None
) -> None:
    build = Builder()
    kept, _ = cache.get("glance", key(), build)
    spoilt = kept.path.with_suffix(ending)
    spoilt.unlink() if data is None else spoilt.write_bytes(data)
    assert cache.get("glance", key(), build)[1] == b"engine 2"
    assert len(said) == 4


def test_measured_times_are_handed_to_the_next_build(cache: EngineCache) -> None:
    build = Builder()
    cache.get("glance", key(), build)
    cache.get("focus", key(graph_sha256="b" * 64), build)
    cache.get("focus", key(graph_sha256="c" * 64, version="12"), build)
    assert build.given == [None, b"times", None]
    for times in cache.folder.glob("*.times"):
        times.chmod(0o666)
    cache.get("focus", key(graph_sha256="d" * 64), build)
    assert build.given[3] is None


def test_those_who_start_together_build_once(cache: EngineCache) -> None:
    build, together = Builder(), threading.Barrier(4)

    def start(number: int) -> bytes:
        together.wait(30)
        return EngineCache(cache.folder).get("glance", key(), build)[1]

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


def test_what_was_left_behind_is_cleared_away(cache: EngineCache) -> None:
    cache.folder.mkdir()
    left = cache.folder / ".glance.engine.0.part"
    left.write_bytes(b"half of")
    os.utime(left, (0, 0))
    cache.get("glance", key(), Builder())
    assert not left.exists()


def test_waiting_for_another_process_is_said(cache: EngineCache, said: list[str]) -> None:
    build = Builder()
    kept, _ = cache.get("glance", key(), build)
    lock = FileLock(kept.path.with_suffix(".lock"))
    lock.acquire()

    def let_go(text: str) -> None:
        said.append(text)
        lock.release()

    EngineCache(cache.folder, let_go).get("glance", key(), build)
    assert said[2:] == [f"{kept.path.name}: waiting for another process that is building it (0 s)"]


def test_what_may_only_be_read_is_used_and_not_written(
    cache: EngineCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = Builder()
    found = cache.get("glance", key(), build)

    class Closed:
        is_locked = False

        def __init__(self, path: Path) -> None:
            self.path = path

        def acquire(self, timeout: float) -> None:
            raise PermissionError(13, "Permission denied", str(self.path))

    monkeypatch.setattr("foveate.tensorrt.cache.FileLock", Closed)
    assert cache.get("glance", key(), build) == found
    monkeypatch.setattr("foveate.tensorrt.files.os.geteuid", lambda: 4321)
    owner = found[0].path.stat().st_uid
    wanted = rf"engines cannot be kept in .*: Permission denied; .*engines belongs to user {owner}"
    with pytest.raises(ConfigError, match=wanted):
        cache.get("glance", key(driver="590"), build)


def test_a_strangers_engine_is_not_run(cache: EngineCache, said: list[str]) -> None:
    build = Builder()
    kept, _ = cache.get("glance", key(), build)
    kept.path.chmod(0o666)
    assert cache.get("glance", key(), build)[1] == b"engine 2"
    assert "anybody may write it; building" in said[2]


def test_a_note_is_kept_in_the_record_of_the_same_engine_only(cache: EngineCache) -> None:
    build = Builder()
    kept, _ = cache.get("glance", key(), build)
    noted = kept.record.model_copy(update={"seconds": 9.0})
    cache.note(kept, noted)
    assert read_record(kept.path) == noted
    cache.get("glance", key(), build, kept.record.engine_sha256)
    cache.note(kept, noted)
    assert read_record(kept.path) != noted


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="engines cannot be kept in"):
        EngineCache(tmp_path / "file" / "engines").get("glance", key(), Builder())
