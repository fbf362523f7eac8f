import pytest

from foveate.errors import ConfigError
from foveate.runtimes.base import PassedOver
from foveate.runtimes.choose import Candidate, chain, choose
from foveate.runtimes.wish import RuntimeName, Wish

MADE = "tests.runtimes.made"
CPU = Candidate(RuntimeName.CPU, lambda wish: None, "foveate.runtimes.onnx_cpu:make")
ABSENT = Candidate(RuntimeName.TENSORRT, lambda wish: "it is not installed", f"{MADE}:never")
BROKEN = Candidate(RuntimeName.CUDA, lambda wish: None, f"{MADE}:make_broken")
UNLOADABLE = Candidate(RuntimeName.TORCH, lambda wish: None, f"{MADE}:make_unloadable")
WHY = (
    PassedOver("tensorrt", "it is not installed"),
    PassedOver("cuda", "it does not start"),
    PassedOver("torch", "libsomething.so.10: cannot open shared object file"),
)


def test_the_first_that_starts_is_taken_and_the_rest_explained() -> None:
    info = choose(Wish(), (ABSENT, BROKEN, UNLOADABLE, CPU)).info
    assert (info.device, info.passed_over) == ("cpu", WHY)
    assert info.reason == "the best that this machine has"


def test_what_comes_after_the_one_that_starts_is_not_looked_at() -> None:
    def look(wish: Wish) -> str:
        raise AssertionError

    assert choose(Wish(), (CPU, Candidate(RuntimeName.CUDA, look, "x:y"))).info.passed_over == ()


@pytest.mark.parametrize(("candidate", "passed"), list(zip((ABSENT, BROKEN, UNLOADABLE), WHY, strict=True)))
def test_what_is_asked_for_and_cannot_be_had_is_refused(candidate: Candidate, passed: PassedOver) -> None:
    with pytest.raises(ConfigError, match=f"the runtime '{passed.name}' cannot be had: {passed.reason}"):
        choose(Wish(runtime=candidate.name), (ABSENT, BROKEN, UNLOADABLE, CPU))


def test_what_is_asked_for_is_taken_without_a_look_at_anything_better() -> None:
    info = choose(Wish(runtime=RuntimeName.CPU), (ABSENT, BROKEN, CPU)).info
    assert (info.reason, info.passed_over) == ("asked for: cpu", ())


def test_nothing_at_all() -> None:
    with pytest.raises(ConfigError, match="nothing here runs graphs: tensorrt: it is not installed; cuda:"):
        choose(Wish(), (ABSENT, BROKEN))


def test_the_chain_of_this_machine_ends_with_the_cpu() -> None:
    names = [candidate.name for candidate in chain()]
    assert set(names) == set(RuntimeName) - {RuntimeName.AUTO}
    assert names[-1] is RuntimeName.CPU
    info = choose(Wish()).info
    tried = len(info.passed_over)
    assert [each.name for each in info.passed_over] == [name.value for name in names[:tried]]
    assert all(each.reason and "\n" not in each.reason for each in info.passed_over)
