import sys
from types import SimpleNamespace
from typing import Any

import pytest

from foveate.errors import ConfigError
from foveate.runtimes.gpu import Gpu
from foveate.tensorrt import flavour as module
from foveate.tensorrt.flavour import Flavour, FlavourName, Target, capabilities_of, flavour

FULL = flavour(FlavourName.TENSORRT)


def test_a_library_that_is_not_there() -> None:
    missing = Flavour(FlavourName.TENSORRT, "TensorRT", "there_is_no_such_module", ahead=False)
    with pytest.raises(ConfigError, match="TensorRT cannot be had: No module named"):
        missing.load()


@pytest.mark.parametrize(("version", "fits"), [("10.0.1", False), ("10.13.3.9", True), ("11.4.0.106", True)])
def test_versions(monkeypatch: pytest.MonkeyPatch, version: str, fits: bool) -> None:
    library = SimpleNamespace(__version__=version)
    monkeypatch.setitem(sys.modules, "tensorrt", library)
    if fits:
        assert FULL.load() is library
    else:
        with pytest.raises(ConfigError, match=r"TensorRT 10\.0\.1 is too old"):
            FULL.load()


def test_engines_of_one_gpu_and_of_any(monkeypatch: pytest.MonkeyPatch, rtx: Flavour) -> None:
    monkeypatch.setattr(module, "find_gpu", lambda device: Gpu(device, "Some GPU", "9.0", "580.1", 5))
    assert FULL.target(0, ()) == FULL.serving_target(0) == Target("Some GPU", "9.0", 5, "580.1")
    assert rtx.target(0, ()) == Target("any", "any", 0, "any")
    for named in (("8.9", "12.0"), ("12.0", "8.9", "12.0")):
        assert rtx.target(0, named).compute_capability == "8.9+12.0"
    with pytest.raises(ConfigError, match="only TensorRT-RTX can be told"):
        FULL.target(0, ("8.9",))


def test_a_library_that_does_not_start() -> None:
    said = SimpleNamespace(told=lambda: "no driver")

    def part(given: object) -> object:
        assert given is said
        raise TypeError("pybind11::init(): factory function returned nullptr")

    with pytest.raises(ConfigError, match="TensorRT does not start: no driver"):
        FULL.start(part, said)


def test_networks_are_of_the_graphs_precision_in_both(rtx: Flavour) -> None:
    library = rtx.load()
    network = rtx.network(library, library.Builder(library.Logger()))
    assert network.get_flag(library.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    asked: list[int] = []
    builder = SimpleNamespace(create_network=asked.append)
    for flags in (SimpleNamespace(STRONGLY_TYPED=1), SimpleNamespace()):
        FULL.network(SimpleNamespace(NetworkDefinitionCreationFlag=flags), builder)
    assert asked == [2, 0]


def test_compute_capabilities_are_told(rtx: Flavour) -> None:
    library = rtx.load()
    config = library.Builder(library.Logger()).create_builder_config()
    rtx.aim(library, config, ())
    assert config.num_compute_capabilities == 0
    rtx.aim(library, config, ("8.6", "12.0"))
    found = [config.get_compute_capability(index) for index in range(2)]
    assert found == [library.ComputeCapability.SM86, library.ComputeCapability.SM120]
    with pytest.raises(ConfigError, match=r"does not compile for 1\.2"):
        rtx.aim(library, config, ("1.2",))


@pytest.mark.parametrize(("capability", "wanted"), [("8.9", "any"), ("12.0", "any"), ("7.5", "7.5")])
def test_engines_for_the_gpu_that_serves(
    monkeypatch: pytest.MonkeyPatch, rtx: Flavour, capability: str, wanted: str
) -> None:
    monkeypatch.setattr(module, "find_gpu", lambda device: Gpu(device, "Some GPU", capability, "580.1"))
    target = rtx.serving_target(0)
    assert target == Target(compute_capability=wanted, runs_on=capability)
    assert target.takes(f"8.0+{capability}")
    assert not target.takes("8.0+8.6")
    assert not target.takes("any")
    assert not rtx.target(0, ()).takes(capability)


def test_a_gpu_that_there_are_no_engines_for(monkeypatch: pytest.MonkeyPatch, rtx: Flavour) -> None:
    monkeypatch.setattr(module, "find_gpu", lambda device: Gpu(device, "Some GPU", "9.0", "580.1"))
    with pytest.raises(ConfigError, match=r"TensorRT-RTX .* has no engines for compute capability 9\.0"):
        rtx.serving_target(0)


def test_capabilities_that_are_named() -> None:
    assert [capabilities_of(text) for text in ("any", "8.9", "8.9+12.0")] == [(), ("8.9",), ("8.9", "12.0")]


def test_contexts_bring_no_memory_and_kernels_are_compiled_before_they_run(rtx: Flavour) -> None:
    made: list[Any] = []
    settings = SimpleNamespace(set_execution_context_allocation_strategy=made.append)
    engine = SimpleNamespace(create_runtime_config=lambda: settings)
    library = rtx.load()
    managed = library.ExecutionContextAllocationStrategy.USER_MANAGED
    assert FULL.settings(library, engine) is managed
    assert rtx.settings(library, engine) is settings
    assert made == [managed]
    assert (rtx.captured, FULL.captured) == (False, True)
    assert settings.cuda_graph_strategy is library.CudaGraphStrategy.DISABLED
    eager = library.DynamicShapesKernelSpecializationStrategy.EAGER
    assert settings.dynamic_shapes_kernel_specialization_strategy is eager
