"""What a person, or a script, sees of a job: progress on stderr, the outcome on stdout."""

import sys
from collections.abc import Sequence
from operator import attrgetter

import click

from cli.job import Job, Shadow
from cli.values import one_line

CELLS = {
    "shadow": attrgetter("name"),
    "status": attrgetter("status"),
    "version": attrgetter("version"),
    "landed": attrgetter("landed"),
    "row version": attrgetter("row_version"),
    "drift": attrgetter("drift"),
    "lambda": attrgetter("lambda_status_code"),
    "request id": attrgetter("lambda_request_id"),
    "error": attrgetter("error"),
}
COLOURS = {"delivered": "green", "skipped": "yellow", "failed": "red", "cancelled": "red", "equal": "green"}
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
    parts = _compared(job) if job.check else _delivered(job)
    return one_line(f"{job.thing or job.id or 'job'} {job.status}{': ' if parts else ''}{', '.join(parts)}")


def _delivered(job: Job) -> list[str]:
    total = job.counts.get("total", 0)
    done, word = (job.counts.get("delivered", 0), "delivered") if job.ended else (job.settled, "done")
    parts = [f"{done} of {total} shadows {word}"] if total else []
    parts += [f"{job.counts.get('landed', 0)} landed"] if total and job.verify else []
    return parts + [
        f"{count} {state}" for state in ("skipped", "failed", "cancelled") if (count := job.counts.get(state))
    ]


def _compared(job: Job) -> list[str]:
    """To compare is to deliver nothing, which the service counts as skipped."""
    total = job.counts.get("total", 0)
    parts = [f"{job.counts.get('skipped', 0)} of {total} shadows compared"] if total else []
    parts += [f"{count} {drift}" for drift, count in job.drift.items() if count and job.ended]
    return parts + [f"{count} {state}" for state in ("failed", "cancelled") if (count := job.counts.get(state))]


def print_job(job: Job) -> None:
    """Print a row for each shadow, then what went wrong with the Thing, then one line that sums up.

    A terminal gets aligned columns and colours, a pipe gets the same cells separated by tabs.
    """
    terminal = sys.stdout.isatty()
    if job.shadows:
        names = columns(job)
        rows = [names, *(cells(shadow, names) for shadow in job.shadows)]
        heading, *lines = _aligned(rows) if terminal else ["\t".join(row) for row in rows]
        click.secho(heading, bold=True)
        for shadow, line in zip(job.shadows, lines, strict=True):
            click.secho(line, fg=_colour(job, shadow))
    for error in job.errors:
        click.secho(f"error: {one_line(error)}", fg="red")
    click.echo(f"{progress_line(job)}{f' (job {one_line(job.id)})' if job.id else ''}", err=not terminal)


def columns(job: Job) -> tuple[str, ...]:
    """The names of what there is to tell about each of its shadows: keys of CELLS."""
    if job.check:
        return ("shadow", "version", "row version", "drift", "error")
    landed = ("landed",) if job.verify else ()
    return ("shadow", "status", "version", *landed, "lambda", "request id", "error")


def cells(shadow: Shadow, names: Sequence[str]) -> tuple[str, ...]:
    """What the columns of these *names* say of one shadow; "-" where nothing is known."""
    return tuple(_text(CELLS[name](shadow)) for name in names)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else one_line(str(value))


def _colour(job: Job, shadow: Shadow) -> str | None:
    if job.check and shadow.status == "skipped":
        return COLOURS.get(shadow.drift or "", "yellow")
    return "red" if shadow.landed is False else COLOURS.get(shadow.status or "")


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
