from pathlib import Path

from foveate.tensorrt.build import BuildOptions
from foveate.tensorrt.cache import EngineCache
from foveate.tensorrt.flavour import Flavour, Target
from foveate.tensorrt.profiles import ranges
from foveate.tensorrt.store import EngineStore
from tests.runtimes.made import DOUBLE, write_double


def test_a_graphs_engine_is_built_and_kept(tmp_path: Path, rtx: Flavour) -> None:
    said: list[str] = []
    cache = EngineCache(tmp_path / "engines", said.append)
    store = EngineStore(rtx, Target(), cache, BuildOptions())
    path = write_double(tmp_path / "double.onnx")
    kept = store.engine(path, DOUBLE, ranges(4))
    assert kept.record.key == store.key(path, ranges(4))
    assert kept.record.bytes == len(kept.path.read_bytes())
    assert store.engine(path, DOUBLE, ranges(4)) == kept
    assert len(said) == 2
    assert kept.record.key.version == rtx.load().__version__
    assert (kept.record.key.precision, kept.record.key.gpu) == ("fp32", "any")


def test_an_altered_graph_is_another(tmp_path: Path, rtx: Flavour) -> None:
    store = EngineStore(rtx, Target(), EngineCache(tmp_path), BuildOptions())
    path = write_double(tmp_path / "double.onnx")
    before = store.key(path, ranges(4))
    path.write_bytes(path.read_bytes() + b"")
    assert store.key(path, ranges(4)) == before
    path.write_bytes(path.read_bytes().replace(b"twice", b"thrce"))
    assert store.key(path, ranges(4)) != before
