"""Reading the table of inputs and outputs from an engine's bytes, which can be loaded only where a GPU is.

The format is nobody's promise: this is what TensorRT-RTX 1.7.1 is seen to write. Each entry holds a name
(followed by the number of its profile, from the second on), a type, a mode and a shape, in which a size that
is free within the profile is negative.
"""

import re
import struct
from dataclasses import dataclass

_ENTRY = re.compile(
    rb"\x01\x80\x0c\x80\x01\x00(?P<length>.{8})(?P<name>[\x20-\x7e]{1,120}?)"
    rb"\x1c\x80\x01\x00\x03\x80\x01\x00.\x0d\x80\x01\x00\x07\x80\x01\x00(?P<type>.{4})"
    rb".{93}\x59\x80\x01\x00\x07\x80\x01\x00(?P<axes>.{4})\x01\x80\x09\x80\x01\x00.{8}",
    re.DOTALL,
)
_MODE = re.compile(
    rb"\xa6\x7f\x15\x80\x01\x00\x07\x80\x01\x00.{4}\x28\x80\x01\x00\x07\x80\x01\x00(.{4})", re.DOTALL
)
_PROFILE = re.compile(r"(?P<name>.+) \[profile (?P<number>\d+)\]")
_TYPES = {0: "float32", 1: "float16", 2: "int8", 3: "int32", 7: "bfloat16", 8: "int64"}


@dataclass(frozen=True)
class Entry:
    name: str
    mode: str
    dtype: str
    shape: tuple[int, ...]
    profile: int


def read_entries(engine: bytes) -> list[Entry]:
    assert engine[:4] == b"vtrt"
    return [entry for found in _ENTRY.finditer(engine) if (entry := _entry(engine, found)) is not None]


def _entry(engine: bytes, found: "re.Match[bytes]") -> Entry | None:
    name = found["name"].decode()
    if struct.unpack("<q", found["length"])[0] != len(name):
        return None
    (axes,) = struct.unpack("<i", found["axes"])
    end = found.end() + 8 * axes
    shape = struct.unpack(f"<{axes}q", engine[found.end() : end])
    mode = _MODE.match(engine, end)
    assert mode is not None
    numbered = _PROFILE.fullmatch(name)
    return Entry(
        name=numbered["name"] if numbered else name,
        mode="output" if struct.unpack("<i", mode[1])[0] else "input",
        dtype=_TYPES[struct.unpack("<i", found["type"])[0]],
        shape=tuple(max(size, -1) for size in shape),
        profile=int(numbered["number"]) if numbered else 0,
    )
