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
    kept, engine = store.engine(path, DOUBLE, ranges(4))
    assert kept.record.key == store.key(path, ranges(4))
    assert (kept.record.bytes, kept.path.read_bytes()) == (len(engine), engine)
    assert store.engine(path, DOUBLE, ranges(4)) == (kept, engine)
    assert len(said) == 2
    assert kept.record.key.version == rtx.load().__version__
    assert (kept.record.key.precision, kept.record.key.gpu) == ("fp32", "any")


def test_an_engine_that_was_built_for_several_gpus_serves_each(tmp_path: Path, rtx: Flavour) -> None:
    cache = EngineCache(tmp_path / "engines")
    path = write_double(tmp_path / "double.onnx")
    several = EngineStore(
        rtx, rtx.target(0, ("12.0", "8.9")), cache, BuildOptions(capabilities=("12.0", "8.9"))
    )
    built = several.engine(path, DOUBLE, ranges(4))

    def serving(capability: str) -> EngineStore:
        return EngineStore(rtx, Target(runs_on=capability), cache, BuildOptions())

    assert serving("8.9").engine(path, DOUBLE, ranges(4)) == built
    # What is refused is built anew for the same GPUs.
    again, engine = serving("12.0").engine(path, DOUBLE, ranges(4), built[0].record.engine_sha256)
    assert again.record.key == built[0].record.key
    other, _ = serving("8.6").engine(path, DOUBLE, ranges(4))
    assert other.record.key.compute_capability == "any"
    assert serving("8.9").engine(path, DOUBLE, ranges(8))[0].record.key.compute_capability == "any"
    assert engine != other.path.read_bytes()


def test_an_altered_graph_is_another(tmp_path: Path, rtx: Flavour) -> None:
    store = EngineStore(rtx, Target(), EngineCache(tmp_path), BuildOptions())
    path = write_double(tmp_path / "double.onnx")
    before = store.key(path, ranges(4))
    path.write_bytes(path.read_bytes() + b"")
    assert store.key(path, ranges(4)) == before
    path.write_bytes(path.read_bytes().replace(b"twice", b"thrce"))
    assert store.key(path, ranges(4)) != before
