"""Names of Things out of an upload, line by line, and what is wrong with the lines that hold none."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from api.csv_rows import csv_rows
from api.errors import UnsupportedMediaType
from api.inputs import THING_NAME_PATTERN
from api.lines import NOT_UTF8, BadLine, TextLine, text_lines

__all__ = ["UPLOAD_TYPES", "BadLine", "Line", "Name", "media_type", "uploaded_names"]

_THING_NAME = re.compile(THING_NAME_PATTERN.strip("^$"))
_COLUMN = "thingName"
_MAX_QUOTED = 32


@dataclass(frozen=True, slots=True)
class Name:
    """A legal name of a Thing, and the number of its line, from 1."""

    number: int
    name: str


Line = Name | BadLine


def media_type(content_type: str) -> str:
    """Without its parameters: "text/csv"."""
    return content_type.partition(";")[0].strip().lower()


def uploaded_names(content_type: str, chunks: Iterable[bytes]) -> Iterator[Line]:
    """The names in *chunks*, in their order, and the lines that cannot be taken. Blank lines are neither.

    text/plain            a name a line; spaces and tabs around it are not part of it
    text/csv              the column thingName where the first row names it, in any case; else the first column
    application/x-ndjson  "name" or {"thingName": "name"} a line; other members mean nothing, as other columns do

    Never more than a chunk and a row is kept in memory.

    Raises:
        UnsupportedMediaType: it is none of these; raised at once. What *chunks* raises is raised on the way.
    """
    read = _READERS.get(media_type(content_type))
    if read is None:
        raise UnsupportedMediaType(f"An upload of names must be one of {', '.join(UPLOAD_TYPES)}.")
    return read(text_lines(chunks))


def _plain(lines: Iterator[TextLine | BadLine]) -> Iterator[Line]:
    for line in lines:
        if isinstance(line, BadLine):
            yield line
        elif name := line.text.strip(" \t"):
            yield checked(line.number, name)


def _csv(lines: Iterator[TextLine | BadLine]) -> Iterator[Line]:
    column: int | None = None
    for row in csv_rows(lines):
        if isinstance(row, BadLine):
            yield row
            continue
        cells = [cell.strip(" \t") for cell in row.cells]
        if column is None:
            titles = [cell.lower() for cell in cells]
            if _COLUMN.lower() in titles:
                column = titles.index(_COLUMN.lower())
                continue
            column = 0
        name = cells[column] if column < len(cells) else ""
        yield checked(row.number, name) if name else BadLine(row.number, f"has no name in column {column + 1}")


def _ndjson(lines: Iterator[TextLine | BadLine]) -> Iterator[Line]:
    for line in lines:
        if isinstance(line, BadLine):
            yield line
        elif line.text.strip():
            yield _json_name(line)


def _json_name(line: TextLine) -> Line:
    try:
        value = json.loads(line.text)
    except (ValueError, RecursionError):
        # Also a number of too many digits, and brackets in brackets without end.
        return BadLine(line.number, f"is not JSON{_if_not_utf8(line.text)}")
    name = value.get(_COLUMN) if isinstance(value, dict) else value
    if not isinstance(name, str):
        return BadLine(line.number, f'must be "name" or {{"{_COLUMN}": "name"}}')
    return checked(line.number, name)


_READERS: dict[str, Callable[[Iterator[TextLine | BadLine]], Iterator[Line]]] = {
    "text/plain": _plain,
    "text/csv": _csv,
    "application/x-ndjson": _ndjson,
}
UPLOAD_TYPES = tuple(_READERS)


def checked(number: int, name: str) -> Line:
    if _THING_NAME.fullmatch(name):
        return Name(number, name)
    reason = _if_not_utf8(name) or ": 1 to 128 characters out of a-z, A-Z, 0-9, ':', '_' and '-'"
    return BadLine(number, f"{_quoted(name)} is not a legal AWS IoT thing name{reason}")


def _if_not_utf8(text: str) -> str:
    return ": it is not UTF-8 text" if NOT_UTF8 in text or "\0" in text else ""


def _quoted(name: str) -> str:
    """So much of it that it is found again, and nothing that does something to a terminal or a log."""
    shown = "".join(character if character.isprintable() else "?" for character in name[:_MAX_QUOTED])
    return f'"{shown}…"' if len(name) > _MAX_QUOTED else f'"{shown}"'
