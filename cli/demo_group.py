"""The end of the demo: the whole fleet once more, as one job over the thing group that it is in."""

import time
from collections.abc import Mapping

import click
from rich.console import Console

from cli.bulk_job import BulkJob
from cli.bulk_show import bulk_line
from cli.client import Client
from cli.demo_checks import NotAsExpectedError
from cli.demo_jobs import LOOK_SECONDS
from cli.stack import Stack

GROUP = "fleet"


def sync_the_group(stack: Stack, client: Client, console: Console, things: Mapping[str, int], deadline: float) -> None:
    """Sync the group of *things*, which have so many named shadows each; of those that have none nothing is expected.

    Raises:
        NotAsExpectedError: something else failed, or was not delivered, or did not land; or *deadline* has come.
    """
    shadows, empty = sum(things.values()), sum(not count for count in things.values())
    console.print(f"\n[bold]Once more, as one job over the thing group {GROUP}, {empty} of it without shadows[/bold]")
    job = client.create_bulk({"thingGroup": GROUP, "confirm": True}, deadline=deadline).job
    while not job.ended:
        stack.check()
        if time.monotonic() >= deadline:
            raise NotAsExpectedError(f"{job.id}: not ended in time")
        time.sleep(LOOK_SECONDS)
        job = client.job(job.id or "", wait=0, deadline=deadline).job
    bulk = BulkJob.of(job)
    # Not through rich, which would break the line.
    click.echo(bulk_line(bulk))
    told = (bulk.things.get("total"), bulk.things.get("failed"), job.counts.get("delivered"), job.counts.get("landed"))
    if told != (len(things), 0, shadows, shadows):
        raise NotAsExpectedError(f"the job over the group has not delivered {shadows} shadows of {len(things)} Things")
