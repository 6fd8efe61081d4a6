"""A job over many Things in words: one line while it goes on, a report of it when asked."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import click

from cli.bulk_job import BulkJob, in_things
from cli.job import Job
from cli.values import one_line

FEW_ERRORS = 3
STATES = ("delivered", "skipped", "failed", "cancelled")
COLOURS = {"succeeded": "green", "partial": "red", "failed": "red", "cancelled": "red", "aborted": "red"}


def counted(bulk: BulkJob) -> list[str]:
    """How much of it is done, and with what outcome."""
    job, things, shadows = bulk.job, bulk.things.get("total", 0), bulk.job.counts.get("total", 0)
    if not things:
        return []
    if not shadows and not bulk.things_ended:
        return [in_things(things)]
    parts = [f"{job.settled:,} of {shadows:,} shadows", f"{bulk.things_ended:,} of {in_things(things)}"]
    parts += [f"{job.counts.get('landed', 0):,} landed"] if job.verify else []
    return parts + [f"{count:,} {state}" for state in STATES[1:] if (count := job.counts.get(state))]


def paced(bulk: BulkJob) -> list[str]:
    """How fast it is, and when it will end."""
    if bulk.job.ended:
        return [f"{bulk.rate_overall:,.0f} shadows/s"] if bulk.rate_overall is not None else []
    parts = [f"{bulk.rate_now:,.0f} shadows/s"] if bulk.rate_now is not None else []
    return parts + ([f"ends in about {_left(bulk.ends_at)}"] if bulk.ends_at else [])


def frequent_errors(bulk: BulkJob) -> list[str]:
    return [one_line(f"{error.count:,} {error.name}") for error in bulk.error_classes[:FEW_ERRORS]]


def state(bulk: BulkJob) -> str:
    return f"{bulk.job.status}{' (dry run)' if bulk.dry_run else ''}"


def bulk_line(bulk: BulkJob) -> str:
    """All of it in one line, for a pipe."""
    groups = (counted(bulk), paced(bulk), frequent_errors(bulk))
    told = "; ".join(", ".join(group) for group in groups if group)
    return one_line(f"{bulk.job.id} {state(bulk)}{': ' if told else ''}{told}")


def print_bulk(job: Job) -> None:
    """Print what there is to know, a line for each thing, and on stderr what can be done next.

    A terminal gets aligned columns and colours, a pipe gets the same cells separated by tabs.
    """
    terminal, bulk = sys.stdout.isatty(), BulkJob.of(job)
    lines = list(_report(bulk))
    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        shown = one_line(value)
        if terminal:
            colour = COLOURS.get(job.status) if name == "status" else "red" if name == "error" else None
            click.echo(f"{name.ljust(width)}  {click.style(shown, fg=colour)}")
        else:
            click.echo(f"{name}\t{shown}")
    for hint in hints(bulk):
        click.echo(hint, err=True)


def hints(bulk: BulkJob) -> Iterator[str]:
    """The commands that a person may want next."""
    job_id = one_line(bulk.job.id or "JOB")
    if bulk.job.needs_confirmation:
        yield f"Nothing is sent yet. Confirm with `shadow-sync confirm {job_id}`, or `shadow-sync cancel {job_id}`."
    elif bulk.job.status == "paused":
        yield f"Go on with `shadow-sync resume {job_id}`."
    elif bulk.job.ended and bulk.something_failed:
        yield f"See `shadow-sync results {job_id} --failed`."
        if not bulk.retried_by:
            yield f"Once more, over what failed or has not landed: `shadow-sync retry {job_id}`."


def moment(at: datetime | None) -> str:
    """To the second, in UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else "-"


def _report(bulk: BulkJob) -> Iterator[tuple[str, str]]:
    job, ended = bulk.job, {state: bulk.things.get(state, 0) for state in ("succeeded", "failed", "cancelled")}
    yield "job", job.id or "-"
    yield "status", state(bulk)
    yield "selection", bulk.selection
    if bulk.left_out:
        yield "left out", ", ".join(bulk.left_out)
    if bulk.options:
        yield "options", ", ".join(bulk.options)
    yield "things", ", ".join(_of(bulk.things.get("total", 0), ended))
    landed = {"landed": job.counts.get("landed", 0)} if job.verify else {}
    yield "shadows", ", ".join(_of(job.counts.get("total", 0), {s: job.counts.get(s, 0) for s in STATES} | landed))
    rates = ((bulk.rate_now if not job.ended else None, "now"), (bulk.rate_overall, "overall"))
    if told := [f"{rate:,.1f} shadows/s {word}" for rate, word in rates if rate is not None]:
        yield "rate", ", ".join(told)
    if bulk.ends_at and not job.ended:
        yield "ends", f"{moment(bulk.ends_at)}, in about {_left(bulk.ends_at)}"
    yield "asked", " by ".join(filter(None, (moment(bulk.created_at), bulk.requested_by)))
    given = {"comment": bulk.comment, "retry of": bulk.retry_of, "retried by": bulk.retried_by}
    yield from ((name, value) for name, value in given.items() if value)
    if bulk.results_expire_at:
        yield "results", f"until {moment(bulk.results_expire_at)}"
    yield from (("error", error) for error in job.errors)
    yield from (
        ("error", f"{error.count:,} {error.name}" + (f", first {error.example}" if error.example else ""))
        for error in bulk.error_classes
        # What ended the job itself is among both.
        if error.example not in job.errors
    )


def _of(total: int, states: dict[str, int]) -> list[str]:
    return [f"{total:,}", *(f"{count:,} {state}" for state, count in states.items() if count)]


def _left(ends_at: datetime) -> str:
    seconds = max(ends_at - datetime.now(UTC), timedelta()).total_seconds()
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
