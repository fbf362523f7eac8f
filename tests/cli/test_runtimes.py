import pytest

from foveate.cli.main import main


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
