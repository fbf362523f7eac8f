"""Which stretches of packets must be decoded for some frames, and no more."""

from collections.abc import Collection, Sequence
from itertools import pairwise

from foveate.video.packets import VideoPacket


def plan_runs(packets: Sequence[VideoPacket], wanted: Collection[int]) -> list[tuple[int, int]]:
    """Stretches of packets that can be decoded on their own, one after another.

    A group of pictures runs from one keyframe to the next. A group without a wanted frame is left out,
    and one with some is decoded up to the last of them. In open groups the frames shown before their
    keyframe ("leading" ones) also refer to the group before, which is then decoded in full with them.

    Args:
        packets: of the whole stream, in decoding order, the first a keyframe, all with times.
        wanted: positions of the wanted frames' packets.

    Returns:
        Half-open ranges of positions, in order, each beginning with a keyframe; before each the decoder
        must be flushed.
    """
    starts = [i for i, packet in enumerate(packets) if packet.is_keyframe]
    runs: list[tuple[int, int]] = []
    for group, (start, end) in enumerate(pairwise([*starts, len(packets)])):
        inside = [i for i in range(start, end) if i in wanted]
        if not inside:
            continue
        begin = start
        if group and any(_before(packets[i], packets[start]) for i in inside):
            begin = starts[group - 1]
        _append(runs, begin, inside[-1] + 1)
    return runs


def _before(packet: VideoPacket, keyframe: VideoPacket) -> bool:
    return packet.pts is not None and keyframe.pts is not None and packet.pts < keyframe.pts


def _append(runs: list[tuple[int, int]], begin: int, end: int) -> None:
    """Add a run, or extend the last one where they touch: going on is cheaper than starting again."""
    if runs and begin <= runs[-1][1]:
        runs[-1] = (runs[-1][0], end)
    else:
        runs.append((begin, end))
