"""Which packets are decoded for which frames."""

import pytest

from foveate.video.packets import VideoPacket
from foveate.video.runs import plan_runs
from tests.video.made import packet


def stream(*groups: list[int]) -> list[VideoPacket]:
    """Packets with the given times; the first of each group is a keyframe."""
    packets = []
    for group in groups:
        for number, time in enumerate(group):
            one = packet(b"x")
            one.pts = time
            one.is_keyframe = number == 0
            packets.append(one)
    return packets


CLOSED = stream([0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11])
OPEN = stream([0, 1, 2, 3], [6, 4, 5, 7], [10, 8, 9, 11])


@pytest.mark.parametrize(
    ("wanted", "runs"),
    [
        ({0}, [(0, 1)]),
        ({5}, [(4, 6)]),
        ({1, 9}, [(0, 2), (8, 10)]),
        ({3, 4}, [(0, 5)]),
        ({2, 4}, [(0, 3), (4, 5)]),
        (set(), []),
    ],
)
def test_closed_groups(wanted: set[int], runs: list[tuple[int, int]]) -> None:
    assert plan_runs(CLOSED, wanted) == runs


@pytest.mark.parametrize(
    ("wanted", "runs"),
    [
        ({5}, [(0, 6)]),  # leading: the group before is needed
        ({7}, [(4, 8)]),  # trailing: it is not
        ({1, 5}, [(0, 6)]),
        ({9}, [(4, 10)]),
        ({5, 9}, [(0, 10)]),
        ({1, 9}, [(0, 2), (4, 10)]),
    ],
)
def test_open_groups(wanted: set[int], runs: list[tuple[int, int]]) -> None:
    assert plan_runs(OPEN, wanted) == runs
