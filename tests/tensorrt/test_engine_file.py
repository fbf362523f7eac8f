from pathlib import Path

from foveate.tensorrt.build import build_engine
from foveate.tensorrt.flavour import Flavour
from foveate.tensorrt.profiles import ranges
from tests.runtimes.made import DOUBLE, write_double
from tests.tensorrt.compiled import batch
from tests.tensorrt.engine_file import Entry, read_entries


def test_an_engines_own_table_is_read(tmp_path: Path, rtx: Flavour) -> None:
    path = write_double(tmp_path / "double.onnx")
    for most in (1, 6, 24):
        found = read_entries(build_engine(rtx, path, DOUBLE, ranges(most)).engine)
        wanted = {
            Entry(name, mode, "float32", (batch(one), 3), number)
            for name, mode in (("x", "input"), ("twice", "output"), ("plus", "output"))
            for number, one in enumerate(ranges(most))
        }
        assert set(found) == wanted
