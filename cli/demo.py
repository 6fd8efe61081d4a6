"""Sync a whole small fleet over HTTP and show what became of every shadow, and of one event."""

import time
from functools import partial

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from cli import fleet
from cli.client import Client
from cli.failures import FailureError, NotFoundError
from cli.job import Job
from cli.product import Surroundings, procfile, surround
from cli.show import row
from cli.stack import Stack

PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.1
PIPE_WIDTH = 120
ALL_SHOWN, EDGE_SHOWN = 10, 3


class NotAsExpectedError(click.ClickException):
    """All parts ran, and yet a shadow was not delivered."""


def show(stack: Stack) -> None:
    """Run the demonstration on *stack*.

    Raises:
        PartFailedError: a part ended, or did not become ready.
        NotAsExpectedError: something was not delivered, or not received by the Lambda.
    """
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    began = time.monotonic()
    found = surround(stack)
    console.print(f"{time.monotonic() - began:4.1f} s  Valkey and the sandbox AWS are ready")
    stack.wave()
    shell = ["/bin/sh", "-c"]
    parts = [stack.start(name, [*shell, f"exec {line}"], found.environment) for name, line in procfile().items()]
    for part in parts:
        stack.wait_for(part, partial(found.ready, part.name, part))
        console.print(f"{time.monotonic() - began:4.1f} s  {part.name} is ready")
    try:
        _sync_the_fleet(stack, found, console)
    except FailureError:
        # The service cannot be reached: most likely since a part of it ended.
        stack.check()
        raise


def _sync_the_fleet(stack: Stack, found: Surroundings, console: Console) -> None:
    client = Client(found.access)
    deadline = time.monotonic() + PATIENCE_SECONDS
    things = fleet.things(found.sandbox_url)
    jobs = _follow(stack, client, {thing: count for thing, count in things.items() if count}, console, deadline)
    for thing, job in jobs.items():
        _print_thing(console, thing, job)
    for thing in (thing for thing, count in things.items() if not count):
        console.print(Text(f"\n{thing}: {_refusal(client, thing, deadline)}", style="yellow"), soft_wrap=True)
    for thing, job in jobs.items():
        _expect(things[thing], job, fleet.received(found.sandbox_url, thing))
    _print_event(console, found.sandbox_url, next(iter(jobs)))


def _follow(stack: Stack, client: Client, things: dict[str, int], console: Console, deadline: float) -> dict[str, Job]:
    """Start a job for each Thing at once, then ask for them in turn until all have ended."""
    bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console.print(f"\nSyncing {len(things)} Things with {sum(things.values())} named shadows")
    with Progress(*bar, console=console) as progress:
        rows = {thing: progress.add_task(thing, total=count) for thing, count in things.items()}
        jobs = {thing: client.create_job(thing, wait=0, deadline=deadline).job for thing in things}
        while going := [thing for thing, job in jobs.items() if not job.ended]:
            stack.check()
            if time.monotonic() >= deadline:
                raise NotAsExpectedError(f"{', '.join(going)}: not ended within {PATIENCE_SECONDS:g} s")
            for thing in going:
                jobs[thing] = client.job(jobs[thing].id or "", wait=0, deadline=deadline).job
                progress.update(rows[thing], completed=jobs[thing].settled)
            time.sleep(LOOK_SECONDS)
        for thing, job in jobs.items():
            progress.update(rows[thing], completed=job.settled)
    return jobs


def _refusal(client: Client, thing: str, deadline: float) -> str:
    try:
        client.create_job(thing, wait=10, deadline=deadline)
    except NotFoundError as refusal:
        return f"404, as it should be: {refusal.message}"
    raise NotAsExpectedError(f"{thing} has no named shadows, but the answer was no 404")


def _print_thing(console: Console, thing: str, job: Job) -> None:
    table = Table("shadow", "version", "lambda", "request id", "error", box=None, header_style="bold", pad_edge=False)
    few = len(job.shadows) <= ALL_SHOWN
    shown = job.shadows if few else (*job.shadows[:EDGE_SHOWN], *job.shadows[-EDGE_SHOWN:])
    for number, shadow in enumerate(shown):
        if number == EDGE_SHOWN and not few:
            table.add_row(f"… {len(job.shadows) - len(shown)} more", *[""] * 4)
        name, status, *cells = row(shadow)
        table.add_row(*map(Text, (name, *cells)), style="" if status == "delivered" else "red")
    console.print(Text(f"\n{thing}: {job.status}, {len(job.shadows)} shadows", style="bold"))
    console.print(table)


def _expect(count: int, job: Job, received: list[dict[str, object]]) -> None:
    delivered = {shadow.lambda_request_id for shadow in job.shadows if shadow.status == "delivered"}
    if not job.success or len(delivered) != count:
        errors = "".join(f"; {error}" for error in job.errors)
        raise NotAsExpectedError(f"{job.thing}: {len(delivered)} of {count} shadows were delivered{errors}")
    missing = delivered - {invocation["requestId"] for invocation in received}
    if missing:
        raise NotAsExpectedError(f"{job.thing}: the Lambda never received {len(missing)} of the delivered events")


def _print_event(console: Console, sandbox_url: str, thing: str) -> None:
    event = max(fleet.received(sandbox_url, thing), key=lambda invocation: int(invocation["bytes"]))
    console.print(f"\n[bold]One event, made of {event['bytes']} bytes, exactly as the Lambda received it[/bold]")
    # Not through rich, which would break the line.
    click.echo(event["payload"])
