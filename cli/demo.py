"""Sync a whole small fleet over HTTP and show what became of every shadow: delivered, landed, and its row."""

import time
from functools import partial

import click
from rich.console import Console
from rich.text import Text

from cli import demo_tables, fleet
from cli.client import Client
from cli.demo_checks import NotAsExpectedError, expect_drift, expect_landed, expect_rows
from cli.demo_group import sync_the_group
from cli.demo_jobs import FleetJobs
from cli.failures import FailureError, NotFoundError
from cli.job import Job
from cli.product import Surroundings, procfile, surround
from cli.stack import Stack
from cli.table import Table

PATIENCE_SECONDS = 60.0
PIPE_WIDTH = 120


def show(stack: Stack) -> None:
    """Run the demonstration on *stack*.

    Raises:
        PartFailedError: a part ended, or did not become ready.
        NotAsExpectedError: something was not delivered, not received by the Lambda, or has no row.
    """
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPE_WIDTH
    began = time.monotonic()
    found = surround(stack)
    console.print(f"{time.monotonic() - began:4.1f} s  Valkey, and the sandbox for AWS and SpacetimeDB, are ready")
    stack.wave()
    # AWS takes 20 requests per second for one Thing; the sandbox takes more, and the bridge has 137 shadows.
    environment = {"SHADOW_SYNC_THING_TPS": "200", **found.environment, "SHADOW_SYNC_VERIFY": "true"}
    shell = ["/bin/sh", "-c"]
    parts = [stack.start(name, [*shell, f"exec {line}"], environment) for name, line in procfile().items()]
    for part in parts:
        stack.wait_for(part, partial(found.ready, part.name, part))
        console.print(f"{time.monotonic() - began:4.1f} s  {part.name} is ready")
    try:
        _sync_the_fleet(stack, found, console)
    except FailureError:
        # The service, or the table, cannot be reached: most likely since a part of it ended.
        stack.check()
        raise


def _sync_the_fleet(stack: Stack, found: Surroundings, console: Console) -> None:
    client = Client(found.access)
    deadline = time.monotonic() + PATIENCE_SECONDS
    things = fleet.things(found.sandbox_url)
    jobs = FleetJobs(stack, client, console, {thing: count for thing, count in things.items() if count}, deadline)

    console.print("\n[bold]Before: how the version of each shadow compares with that of its row[/bold]")
    before = jobs.compare()
    demo_tables.print_drift(console, before)
    expect_drift(before, "missing")

    console.print(f"\n[bold]Syncing {len(jobs.things)} Things with {sum(jobs.things.values())} named shadows[/bold]")
    synced = jobs.sync()
    for thing, job in synced.items():
        demo_tables.print_sync(console, thing, job)
    for thing in (thing for thing, count in things.items() if not count):
        console.print(Text(f"\n{thing}: {_refusal(client, thing, deadline)}", style="yellow"), soft_wrap=True)
    for thing, job in synced.items():
        received = {invocation["requestId"] for invocation in fleet.received(found.sandbox_url, thing)}
        expect_landed(job, jobs.things[thing], received)
    _print_event(console, found.sandbox_url, next(iter(synced)))

    console.print("\n[bold]After: the same comparison[/bold]")
    after = jobs.compare()
    demo_tables.print_drift(console, after)
    _print_rows(console, found.table, after)
    expect_drift(after, "equal")
    sync_the_group(stack, client, console, things, deadline)


def _refusal(client: Client, thing: str, deadline: float) -> str:
    try:
        client.create_job(thing, wait=10, deadline=deadline)
    except NotFoundError as refusal:
        return f"404, as it should be: {refusal.message}"
    raise NotAsExpectedError(f"{thing} has no named shadows, but the answer was no 404")


def _print_event(console: Console, sandbox_url: str, thing: str) -> None:
    event = max(fleet.received(sandbox_url, thing), key=lambda invocation: int(invocation["bytes"]))
    console.print(f"\n[bold]One event, made of {event['bytes']} bytes, exactly as the Lambda received it[/bold]")
    # Not through rich, which would break the line.
    click.echo(event["payload"])


def _print_rows(console: Console, table: Table, compared: dict[str, Job]) -> None:
    """Read the rows, and hold each against the version that its shadow had when it was *compared* just now."""
    console.print("\n[bold]The rows of device_named_shadow, read with SQL, each beside its shadow's version[/bold]")
    found = {thing: table.rows(thing) for thing in compared}
    for thing, job in compared.items():
        demo_tables.print_rows(console, thing, job, found[thing])
    for thing, job in compared.items():
        expect_rows(job, found[thing])
    console.print(f"\n{sum(map(len, found.values()))} rows, each with the version of its shadow.")
