import os
import weakref
from collections.abc import Callable
from dataclasses import replace

import pytest

from foveate.errors import BundleError, ConfigError
from foveate.runtimes.base import PassedOver, Runtime
from foveate.runtimes.choose import Candidate, chain, choose, choose_for
from foveate.runtimes.wish import RuntimeName, Wish

MADE = "tests.runtimes.picky"
CPU = Candidate(RuntimeName.CPU, lambda wish: None, "foveate.runtimes.onnx_cpu:make")
ABSENT = Candidate(RuntimeName.TENSORRT, lambda wish: "it is not installed", f"{MADE}:never")
NULL = Candidate(RuntimeName.TENSORRT_RTX, lambda wish: None, f"{MADE}:make_null")
BROKEN = Candidate(RuntimeName.CUDA, lambda wish: None, f"{MADE}:make_broken")
UNLOADABLE = Candidate(RuntimeName.TORCH, lambda wish: None, f"{MADE}:make_unloadable")
PICKY = Candidate(RuntimeName.CUDA, lambda wish: None, f"{MADE}:make_picky")
WHY = (
    PassedOver("tensorrt", "it is not installed"),
    PassedOver("tensorrt-rtx", "TypeError: pybind11::init(): factory function returned nullptr"),
    PassedOver("cuda", "it does not start"),
    PassedOver("torch", "libsomething.so.10: cannot open shared object file"),
)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "1")


def test_the_first_that_starts_is_taken_and_the_rest_explained(
    caplog: pytest.LogCaptureFixture,
) -> None:
    info = choose(Wish(), (ABSENT, NULL, BROKEN, UNLOADABLE, CPU)).info
    assert (info.device, info.passed_over) == ("cpu", WHY)
    assert info.reason == "the best that this machine has"
    # What is not there is nothing to warn of; what is there and does not work is.
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        f"the runtime '{each.name}' is there and cannot be used: {each.reason}" for each in WHY[1:]
    ]


def test_what_comes_after_the_one_that_starts_is_not_looked_at() -> None:
    def look(wish: Wish) -> str:
        raise AssertionError

    assert choose(Wish(), (CPU, Candidate(RuntimeName.CUDA, look, "x:y"))).info.passed_over == ()


def test_a_look_that_fails_is_a_reason_like_any_other() -> None:
    def look(wish: Wish) -> str:
        raise ValueError("a library that breaks as it is imported")

    (passed,) = choose(Wish(), (Candidate(RuntimeName.CUDA, look, "x:y"), CPU)).info.passed_over
    assert passed == PassedOver("cuda", "ValueError: a library that breaks as it is imported")


@pytest.mark.parametrize(
    ("factory", "reason"),
    [
        ("make_mute", "classifier_step.onnx was loaded and does not run: RuntimeError"),
        ("make_wild", "classifier_step.onnx is not what the graph gives"),
    ],
)
def test_one_that_starts_and_does_not_run_is_passed_over(factory: str, reason: str) -> None:
    candidate = Candidate(RuntimeName.CUDA, lambda wish: None, f"{MADE}:{factory}")
    (passed,) = choose(Wish(), (candidate, CPU)).info.passed_over
    assert passed.reason.endswith(reason)


@pytest.mark.parametrize(
    ("candidate", "passed"), list(zip((ABSENT, NULL, BROKEN, UNLOADABLE), WHY, strict=True))
)
def test_what_is_asked_for_and_cannot_be_had_is_refused(
    candidate: Candidate, passed: PassedOver, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ConfigError) as caught:
        choose(Wish(runtime=candidate.name), (ABSENT, NULL, BROKEN, UNLOADABLE, CPU))
    assert str(caught.value) == f"the runtime '{passed.name}' cannot be had: {passed.reason}"
    assert not caplog.records


def test_what_is_asked_for_is_taken_without_a_look_at_anything_better() -> None:
    info = choose(Wish(runtime=RuntimeName.CPU), (ABSENT, BROKEN, CPU)).info
    assert (info.reason, info.passed_over) == ("asked for: cpu", ())


def test_nothing_at_all() -> None:
    with pytest.raises(ConfigError, match="nothing here runs graphs: tensorrt: it is not installed; cuda:"):
        choose(Wish(), (ABSENT, BROKEN))


class Loads:
    """Fails with every runtime on a GPU."""

    def __init__(self, fail: Callable[[], Exception], on_cpu: bool = True) -> None:
        self._fail, self._on_cpu = fail, on_cpu
        self.seen: list[weakref.ref[Runtime]] = []

    def __call__(self, runtime: Runtime) -> str:
        self.seen.append(weakref.ref(runtime))
        if runtime.info.device == "cpu" and self._on_cpu:
            return "; ".join(f"{each.name}: {each.reason}" for each in runtime.info.passed_over)
        raise self._fail()


@pytest.mark.parametrize(
    ("fail", "reason"),
    [
        (lambda: BundleError("glance.onnx cannot be compiled"), "glance.onnx cannot be compiled"),
        (MemoryError, "MemoryError"),
        (lambda: RuntimeError("\n out of memory\nand more"), "RuntimeError: out of memory"),
    ],
)
def test_one_that_cannot_be_used_is_passed_over(fail: Callable[[], Exception], reason: str) -> None:
    loads = Loads(fail)

    def look(wish: Wish) -> None:
        # What the one before took of the GPU's memory is free again.
        assert [seen() for seen in loads.seen] == [None]

    candidates = (ABSENT, PICKY, replace(CPU, why_not=look))
    assert choose_for(Wish(), loads, candidates) == f"tensorrt: it is not installed; cuda: {reason}"
    assert len(loads.seen) == 2


def test_what_the_last_one_is_refused_for_is_said_as_it_is() -> None:
    loads = Loads(lambda: BundleError("glance.onnx is no graph"), on_cpu=False)
    with pytest.raises(BundleError, match=r"^glance\.onnx is no graph$"):
        choose_for(Wish(), loads, (PICKY, CPU))


def test_one_that_is_asked_for_and_cannot_be_used_is_refused() -> None:
    wish = Wish(runtime=RuntimeName.CUDA)
    with pytest.raises(BundleError, match=r"^glance\.onnx cannot be compiled$"):
        choose_for(wish, Loads(lambda: BundleError("glance.onnx cannot be compiled")), (PICKY, CPU))
    with pytest.raises(ConfigError, match=r"^the runtime 'cuda' cannot be had: RuntimeError: no memory$"):
        choose_for(wish, Loads(lambda: RuntimeError("no memory\nat all")), (PICKY, CPU))


def test_an_interrupt_is_not_a_reason() -> None:
    def interrupted(runtime: Runtime) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        choose_for(Wish(), interrupted, (PICKY, CPU))


def test_float32_is_kept_before_the_first_library_of_a_gpu_is_loaded() -> None:
    choose(Wish(), (ABSENT, CPU))
    assert os.environ["NVIDIA_TF32_OVERRIDE"] == "1"
    choose(Wish(), (PICKY, CPU))
    assert os.environ["NVIDIA_TF32_OVERRIDE"] == "0"


def test_the_chain_of_this_machine_ends_with_the_cpu() -> None:
    names = [candidate.name for candidate in chain()]
    assert set(names) == set(RuntimeName) - {RuntimeName.AUTO}
    assert names[-1] is RuntimeName.CPU
    info = choose(Wish()).info
    tried = len(info.passed_over)
    assert [each.name for each in info.passed_over] == [name.value for name in names[:tried]]
    assert all(each.reason and "\n" not in each.reason for each in info.passed_over)
