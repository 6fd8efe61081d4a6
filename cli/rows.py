"""A table that is printed as its rows come: aligned, with colours, on a terminal; tab-separated cells in a pipe."""

import sys
from collections.abc import Sequence

import click

from cli.values import one_line

# So many rows share their widths; a column never becomes narrower further down.
ALIGNED_ROWS = 200


class Rows:
    """Stdout gets the heading, then the rows in batches; ``end()`` prints what is left."""

    def __init__(self, heading: Sequence[str]) -> None:
        self._terminal = sys.stdout.isatty()
        self._widths = [0] * len(heading)
        self._waiting: list[tuple[Sequence[str], str | None]] = [(heading, None)]
        self._heading = heading

    def add(self, cells: Sequence[str], colour: str | None = None) -> None:
        self._waiting.append(([one_line(cell) for cell in cells], colour))
        if len(self._waiting) >= ALIGNED_ROWS:
            self.end()

    def end(self) -> None:
        self._widths = [
            max(width, *(len(cells[column]) for cells, _ in self._waiting), 0)
            for column, width in enumerate(self._widths)
        ]
        for cells, colour in self._waiting:
            if not self._terminal:
                click.echo("\t".join(cells))
                continue
            padded = (cell.ljust(width) for cell, width in zip(cells, self._widths, strict=True))
            click.secho("  ".join(padded).rstrip(), fg=colour, bold=True if cells is self._heading else None)
        self._waiting.clear()
