"""How far a job over many Things has come, on stderr while it goes on.

Drawn by hand, since rich comes with the extra ``demo`` only: a few lines that are rewritten on a terminal.
"""

import shutil
import sys
import time

import click

from cli.bulk_job import BulkJob
from cli.bulk_show import bulk_line, counted, frequent_errors, paced, state
from cli.job import Job
from cli.values import one_line

BAR_CELLS = 24
# In a pipe, where every line stays.
SECONDS_BETWEEN_LINES = 10.0


class BulkProgress:
    """A bar with counts, rate and the most frequent errors on a terminal; in a pipe a line at each change of status,
    and no more than one in SECONDS_BETWEEN_LINES besides.
    """

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._drawn = 0
        self._status = ""
        self._last = ""
        self._told_at = 0.0

    def show(self, job: Job) -> None:
        bulk = BulkJob.of(job)
        if self._live:
            lines = live_lines(bulk, shutil.get_terminal_size().columns)
            click.echo(self._cleared() + "\n".join(lines), nl=False, err=True)
            self._drawn = len(lines)
            return
        line, now = bulk_line(bulk), time.monotonic()
        if job.status != self._status or (line != self._last and now - self._told_at >= SECONDS_BETWEEN_LINES):
            click.echo(line, err=True)
            self._status, self._last, self._told_at = job.status, line, now

    def end(self) -> None:
        """Take the lines away: what comes next starts on a clean one."""
        click.echo(self._cleared(), nl=False, err=True)
        self._drawn = 0

    def _cleared(self) -> str:
        """What moves the cursor to the first line that was drawn, and clears from there."""
        if not self._drawn:
            return ""
        return "\r" + (f"\x1b[{self._drawn - 1}A" if self._drawn > 1 else "") + "\x1b[J"


def live_lines(bulk: BulkJob, columns: int) -> list[str]:
    """What a terminal of so many columns shows. No line is as wide as it: one that wrapped could not be taken away."""
    full, empty = ("█", "░") if "utf" in (sys.stderr.encoding or "").lower() else ("#", ".")
    cells = int(bulk.done * BAR_CELLS)
    bar = f"{full * cells}{empty * (BAR_CELLS - cells)} {int(bulk.done * 100):3} %"
    head = ", ".join((state(bulk), *paced(bulk)))
    lines = [f"{bar}  {head}" if bulk.things.get("total") else head, ", ".join(counted(bulk))]
    errors = ", ".join(frequent_errors(bulk))
    lines += [f"errors: {errors}"] if errors else []
    return [_fitting(line, columns) for line in lines if line]


def _fitting(line: str, columns: int) -> str:
    # A wide character takes two columns, so what is not of ours has none.
    plain = "".join(character if character.isascii() or character in "█░" else "?" for character in one_line(line))
    return plain[: max(columns - 1, 1)]
