from pathlib import Path

import pytest

from foveate.cli.main import main
from foveate.runtimes import choose
from foveate.runtimes.base import PassedOver, Runtime
from foveate.runtimes.onnx_cpu import OnnxCpuRuntime
from foveate.runtimes.wish import Wish, default_engine_cache


def test_the_chain_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runtimes"]) == 0
    *passed, chosen = capsys.readouterr().out.splitlines()
    assert all(line.startswith("passed over  ") for line in passed)
    assert chosen.startswith("chosen       ")
    assert main(["runtimes", "--runtime", "cpu"]) == 0
    assert "asked for: cpu" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--runtime", "abacus"], "there is no runtime 'abacus'; there are: auto, tensorrt,"),
        (["--runtime", "cuda", "--device", "900"], "the runtime 'cuda' cannot be had: "),
    ],
)
def test_what_cannot_be_had_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["runtimes", *arguments]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"foveate runtimes: {message}")
    assert said.count("\n") == 1


def test_engines_are_kept_where_a_server_keeps_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Path] = []

    def chosen(wish: Wish) -> Runtime:
        asked.append(wish.engine_cache)
        return OnnxCpuRuntime("why", (PassedOver("cuda", "no"),))

    monkeypatch.setattr(choose, "choose", chosen)
    monkeypatch.delenv("FOVEATE_ENGINE_CACHE", raising=False)
    assert main(["runtimes"]) == 0
    monkeypatch.setenv("FOVEATE_ENGINE_CACHE", str(tmp_path / "told"))
    assert main(["runtimes"]) == 0
    assert main(["runtimes", "--engine-cache", str(tmp_path / "given")]) == 0
    assert asked == [default_engine_cache(), tmp_path / "told", tmp_path / "given"]
