import argparse

import pytest

from foveate.cli import synthesize


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    synthesize.configure(parser)
    return parser.parse_args(["folder", *arguments])


def test_defaults() -> None:
    args = parse()
    assert (args.clips, args.seed, args.held_out, args.quiet) == (100, 1, 0.2, False)


@pytest.mark.parametrize(
    "arguments",
    [
        *(("--clips", "0"), ("--clips", "x"), ("--seed", "-1"), ("--seed", "x")),
        *(("--held-out", "0.5"), ("--held-out", "-1"), ("--held-out", "nan"), ("--held-out", "x")),
    ],
)
def test_what_makes_no_data_set_is_misuse(
    arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(*arguments)
    said = capsys.readouterr().err.splitlines()[-1]
    assert arguments[0] in said
    assert said.endswith(f"is wanted, not {arguments[1]!r}")
