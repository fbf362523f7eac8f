"""Whether frames that say they are no references may be skipped."""

from collections.abc import Iterator, Sequence

from foveate.video.packets import VideoPacket

_HEVC_SLICES = range(32)


def may_skip_non_references(codec: str, extradata: bytes | None, packets: Sequence[VideoPacket]) -> bool:
    """Whether a frame marked as no reference is needed by no other frame.

    In HEVC the mark speaks of the frame's own temporal layer only (H.265, 7.4.2.2): frames of a higher
    layer may refer to it. Elsewhere it holds for the whole stream.

    Args:
        codec: canonical name.
        extradata: the codec's header from the container.
        packets: of the stream.
    """
    if codec != "hevc":
        return True
    return all(layer == 0 for packet in packets for layer in _hevc_layers(bytes(packet), extradata))


def _hevc_layers(data: bytes, extradata: bytes | None) -> Iterator[int]:
    """Temporal layer of each slice of a packet (H.265, 7.3.1.2: type in bits 1-6, layer + 1 in 13-15)."""
    for start in _unit_starts(data, extradata):
        if start + 1 < len(data) and data[start] >> 1 & 0x3F in _HEVC_SLICES:
            yield (data[start + 1] & 0x07) - 1


def _unit_starts(data: bytes, extradata: bytes | None) -> Iterator[int]:
    if extradata and len(extradata) > 21 and extradata[0] == 1:
        # ISO/IEC 14496-15, 8.3.3.1: units behind a length of this many bytes.
        width = (extradata[21] & 0x03) + 1
        place = 0
        while place + width < len(data):
            yield place + width
            place += width + int.from_bytes(data[place : place + width], "big")
        return
    place = data.find(b"\x00\x00\x01")
    while place >= 0:
        yield place + 3
        place = data.find(b"\x00\x00\x01", place + 3)
