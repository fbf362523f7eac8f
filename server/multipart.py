"""Reading multipart/form-data as it comes: one file, written on, and short text fields."""

from collections.abc import AsyncIterator, Awaitable, Callable

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from server.errors import Problems, Refusal

_FILE = "file"
_MOST_FIELDS = 32
_LONGEST_FIELD = 1024

OVERHEAD = 64 << 10
"""Bytes that boundaries, headers and fields may take beside the file."""


def boundary_of(content_type: str) -> bytes:
    """The boundary named in a content type.

    Raises:
        Refusal: there is none.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise Refusal(Problems.BAD_REQUEST, "multipart/form-data needs a boundary in its Content-Type.")
    return boundary


class Form:
    """The parts of one body, gathered by the parser's callbacks."""

    def __init__(self, boundary: bytes) -> None:
        self.fields: list[tuple[str, str]] = []
        self.files = 0
        self.complete = False
        self._slices: list[bytes] = []
        self._name: str | None = None
        self._value = bytearray()
        self._header = (bytearray(), bytearray())
        self._headers: dict[bytes, bytes] = {}
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._name_part,
                    "on_part_data": self._take,
                    "on_part_end": self._end,
                    "on_end": self._finish,
                },
            )
        except FormParserError as error:
            raise Refusal(Problems.BAD_REQUEST, "The multipart boundary is too long.") from error

    def feed(self, chunk: bytes) -> list[bytes]:
        """Parse the next bytes; returns those of the file among them.

        Raises:
            Refusal: they are no multipart body, or have parts they should not have.
        """
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise Refusal(Problems.BAD_REQUEST, "The body is not well-formed multipart/form-data.") from error
        slices, self._slices = self._slices, []
        return slices

    def _begin(self) -> None:
        self._headers = {}
        self._header = (bytearray(), bytearray())
        self._value = bytearray()

    def _end_header(self) -> None:
        self._headers[bytes(self._header[0]).lower()] = bytes(self._header[1])
        self._header = (bytearray(), bytearray())

    def _name_part(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self.files += self._name == _FILE
        if self.files > 1:
            raise Refusal(Problems.BAD_REQUEST, "There is more than one part named 'file'.")
        if len(self.fields) >= _MOST_FIELDS:
            raise Refusal(Problems.BAD_REQUEST, f"There are more than {_MOST_FIELDS} fields.")

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._name == _FILE:
            self._slices.append(data[start:end])
            return
        self._value += data[start:end]
        if len(self._value) > _LONGEST_FIELD:
            raise Refusal(
                Problems.BAD_REQUEST,
                f"The field {self._name!r} is longer than {_LONGEST_FIELD} bytes; the video goes in 'file'.",
            )

    def _end(self) -> None:
        if self._name != _FILE:
            self.fields.append((self._name or "", self._value.decode("utf-8", "replace")))

    def _finish(self) -> None:
        self.complete = True


async def read_form(
    chunks: AsyncIterator[bytes], boundary: bytes, write: Callable[[bytes], Awaitable[None]]
) -> list[tuple[str, str]]:
    """Read a whole form.

    Args:
        chunks: the body.
        boundary: between its parts.
        write: takes the bytes of the part named "file".

    Returns:
        The other fields, as they came.

    Raises:
        Refusal: it is malformed, has no file, or more than it should.
    """
    form = Form(boundary)
    async for chunk in chunks:
        for part in form.feed(chunk):
            await write(part)
    if not form.complete:
        raise Refusal(Problems.BAD_REQUEST, "The multipart body ends before its last boundary.")
    if form.files == 0:
        raise Refusal(Problems.BAD_REQUEST, "There is no part named 'file'.")
    return form.fields
