"""Rows of CSV (RFC 4180) out of lines: a field in quotes may hold line ends, and a row always ends."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from api.lines import BadLine, TextLine

MAX_ROW_CHARACTERS = 16 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """``number`` is that of the line it begins in."""

    number: int
    cells: list[str]


def csv_rows(lines: Iterator[TextLine | BadLine]) -> Iterator[Row | BadLine]:
    """Rows that are not blank, and the lines that are none.

    Where a row of several lines does not end as it should, nobody can tell rows from text in quotes any more: then all
    that follows is bad.
    """
    source = _RowLines(lines)
    reader = csv.reader(source, strict=True)
    while True:
        source.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _UnreadableError) as error:
            if source.last > source.first:
                yield from _rest(source.first, source.last, lines)
                return
            yield BadLine(source.first, "is not well-formed CSV" if isinstance(error, csv.Error) else str(error))
        else:
            if any(cell.strip() for cell in cells):
                yield Row(source.first, cells)


def _rest(first: int, last: int, lines: Iterator[TextLine | BadLine]) -> Iterator[BadLine]:
    yield BadLine(
        first, f"has quotes that are not closed as they should be, or not within {MAX_ROW_CHARACTERS:,} characters"
    )
    follows = f"follows the quotes of line {first}, which are not closed as they should be"
    for number in range(first + 1, last + 1):
        yield BadLine(number, follows)
    for line in lines:
        yield BadLine(line.number, follows)


class _UnreadableError(Exception):
    """A line that cannot be part of a row. The reader begins a new row after it."""


class _RowLines(Iterator[str]):
    """What a csv.reader reads from. ``first`` and ``last`` are the numbers of the lines of the row it is in."""

    def __init__(self, lines: Iterator[TextLine | BadLine]) -> None:
        self._lines = lines
        self.begin_row()

    def begin_row(self) -> None:
        self.first = self.last = self._size = 0

    def __next__(self) -> str:
        line = next(self._lines)
        self.first, self.last = self.first or line.number, line.number
        if isinstance(line, BadLine):
            raise _UnreadableError(line.message)
        self._size += len(line.text) + 1
        if self._size > MAX_ROW_CHARACTERS:
            raise _UnreadableError
        return f"{line.text}\n"
