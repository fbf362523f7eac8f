from pathlib import Path

from foveate.bundle.load import load_bundle, untrained_bundle
from foveate.runtimes.wish import Wish
from foveate.tensorrt.build import BuildOptions
from foveate.tensorrt.bundle import build_bundle, graphs
from foveate.tensorrt.cache import EngineCache
from foveate.tensorrt.flavour import Flavour, Target
from foveate.tensorrt.store import EngineStore


def test_every_graph_gets_its_engine_with_the_batches_it_will_be_given(tmp_path: Path, rtx: Flavour) -> None:
    bundle = load_bundle(untrained_bundle())
    store = EngineStore(rtx, Target(), EngineCache(tmp_path), BuildOptions())
    kept = list(build_bundle(bundle, store, Wish(max_frames=2, max_videos=1)))
    most = {each.path.name.split("-")[0]: each.record.key.profiles[-1].most for each in kept}
    assert [f"{name}.onnx" for name in most] == [graph.file for graph in graphs(bundle)]
    assert most == {
        "glance": 2,
        "policy": 1,
        "policy_step": 1,
        "focus": 2,
        "classifier": 1,
        "classifier_step": 1,
    }
    precision = {each.path.name.split("-")[0]: each.record.key.precision for each in kept}
    assert (precision["policy"], precision["glance"]) == ("fp32", "fp16")
