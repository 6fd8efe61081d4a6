"""Physical lines of text out of chunks of bytes; no more than a chunk and a line is kept at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_LINE_BYTES = 8 * 1024
# What is not UTF-8 is read as this character, so that what is to blame can still be told.
NOT_UTF8 = "\ufffd"
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class TextLine:
    """``text`` is without the line's end. Numbers begin at 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class BadLine:
    """``message`` says what is wrong with it, and quotes little or nothing of it."""

    number: int
    message: str


def text_lines(chunks: Iterable[bytes]) -> Iterator[TextLine | BadLine]:
    """Lines end with LF, CRLF or CR, the last one also without; a byte order mark is not part of the first."""
    for number, line in enumerate(_split(chunks), start=1):
        if len(line) > MAX_LINE_BYTES:
            yield BadLine(number, f"is longer than {MAX_LINE_BYTES:,} bytes")
        else:
            text = line.removeprefix(_BOM) if number == 1 else line
            yield TextLine(number, text.decode(errors="replace"))


def _split(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends; of one that is too long, as much as shows that it is."""
    rest = b""
    for chunk in chunks:
        lines = (rest + chunk).splitlines(keepends=True)
        # What ends with CR may be half of a CRLF.
        rest = _cut(lines.pop()) if lines and not lines[-1].endswith(b"\n") else b""
        for line in lines:
            yield line.rstrip(b"\r\n")
    if rest:
        yield rest.rstrip(b"\r")


def _cut(line: bytes) -> bytes:
    if len(line) <= MAX_LINE_BYTES + 1:
        return line
    return line[: MAX_LINE_BYTES + 1] + (b"\r" if line.endswith(b"\r") else b"")
