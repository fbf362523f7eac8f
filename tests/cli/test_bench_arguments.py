import argparse

import pytest

from foveate.cli import bench_arguments

URL = "http://127.0.0.1:1"


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    bench_arguments.configure(parser)
    return parser.parse_args([URL, "--frames", "1", *arguments])


def test_levels_and_sizes() -> None:
    assert parsed("--concurrency", "1:8:x2").concurrency == (1, 2, 4, 8)
    assert parsed("--rate", "0.5,2").rate == (0.5, 2)
    assert parsed("--search", "0.5:20").search == (0.5, 20)
    assert parsed("--frame-size", "32x48").frame_size == (32, 48)
    assert parsed("--param", "a=b=c").param == [("a", "b=c")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--input", "a"), "not allowed with argument --frames"),
        (("--concurrency", "1.5"), "not of whole numbers"),
        (("--concurrency", "1e5,1e6"), "'1e5,1e6' is more than 100000 clients"),
        (("--seed", "-1"), "a whole number from 0 on is wanted, not '-1'"),
        (("--search", "1:1e308"), "'1:1e308' is not FROM:TO, two rates"),
        (("--rate", "1e308"), "'1e308' is not between 1e-06 and 1e+06"),
        (("--rate", "fast"), "'fast' is not a positive number"),
        (("--rate", "1", "--concurrency", "1"), "not allowed with"),
        (("--rate", "1", "--search", "1:2"), "not allowed with"),
        (("--search", "2"), "'2' is not FROM:TO, two rates"),
        (("--search", "2:1"), "'2:1' is not FROM:TO, two rates"),
        (("--search", "0:1"), "'0:1' is not FROM:TO, two rates"),
        (("--window", "1", "--window-requests", "1"), "not allowed with"),
        (("--window-requests", "0"), "'0' is not a whole number of at least 1"),
        (("--param", "model"), "'model' is not NAME=VALUE"),
        (("--percentile", "100"), "'100' is not a percentile below 100, or mean"),
        (("--window", "inf"), "'inf' is not a positive number"),
        (("--frame-size", "8"), "'8' is not HEIGHTxWIDTH"),
    ],
)
def test_misuse(arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        parsed(*arguments)
    assert raised.value.code == 2
    assert message in capsys.readouterr().err
