"""What a person, or a script, sees of a job: progress on stderr, the outcome on stdout."""

import sys
from collections.abc import Sequence

import click

from cli.answer import one_line
from cli.job import Job, Shadow

COLUMNS = ("shadow", "status", "version", "lambda", "request id", "error")
COLOURS = {"delivered": "green", "skipped": "yellow", "failed": "red", "cancelled": "red"}
CLEAR_LINE = "\r\x1b[K"


class Progress:
    """How far a job has come, on stderr: one line that is rewritten on a terminal, a line for each change in a pipe."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._last = ""

    def show(self, job: Job) -> None:
        line = progress_line(job)
        if line == self._last:
            return
        self._last = line
        click.echo(f"{CLEAR_LINE}{line}" if self._live else line, nl=not self._live, err=True)

    def end(self) -> None:
        """Take the line away: what comes next starts on a clean one."""
        if self._live and self._last:
            click.echo(CLEAR_LINE, nl=False, err=True)


def progress_line(job: Job) -> str:
    total = job.counts.get("total", 0)
    done, word = (job.counts.get("delivered", 0), "delivered") if job.ended else (job.settled, "done")
    parts = [f"{done} of {total} shadows {word}"] if total else []
    parts += [f"{count} {state}" for state in ("skipped", "failed", "cancelled") if (count := job.counts.get(state, 0))]
    return one_line(f"{job.thing or job.id or 'job'} {job.status}{': ' if parts else ''}{', '.join(parts)}")


def print_job(job: Job) -> None:
    """Print a row for each shadow, then what went wrong with the Thing, then one line that sums up.

    A terminal gets aligned columns and colours, a pipe gets the same cells separated by tabs.
    """
    terminal = sys.stdout.isatty()
    if job.shadows:
        rows = [COLUMNS, *map(row, job.shadows)]
        heading, *lines = _aligned(rows) if terminal else ["\t".join(cells) for cells in rows]
        click.secho(heading, bold=True)
        for shadow, line in zip(job.shadows, lines, strict=True):
            click.secho(line, fg=COLOURS.get(shadow.status or ""))
    for error in job.errors:
        click.secho(f"error: {one_line(error)}", fg="red")
    click.echo(f"{progress_line(job)}{f' (job {one_line(job.id)})' if job.id else ''}", err=not terminal)


def row(shadow: Shadow) -> tuple[str, ...]:
    """The cells of one shadow, in the order of COLUMNS; "-" where nothing is known."""
    outcome = (shadow.lambda_status_code, shadow.lambda_request_id, shadow.error)
    values = (shadow.name, shadow.status, shadow.version, *outcome)
    return tuple("-" if value is None else one_line(str(value)) for value in values)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() for cells in rows]
