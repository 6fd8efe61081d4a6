"""`shadow-sync jobs`: which jobs there are."""

import json
import time

import click

from cli.access import Access, with_access
from cli.bulk_job import BulkJob
from cli.bulk_show import moment
from cli.client import Client
from cli.job import Job, NotAJobError
from cli.rows import Rows

PAGE_SECONDS = 30.0
MOST_OF_A_PAGE = 200
HEADING = ("job", "status", "selection", "things", "shadows", "by", "created", "comment")
COLOURS = {"succeeded": "green", "partial": "red", "failed": "red", "aborted": "red", "awaiting_confirmation": "yellow"}


@click.command()
@click.option("--status", metavar="STATUS", help="In this state, as the list tells it: running, failed, …")
@click.option("--email", metavar="EMAIL", help="Asked for by this person.")
@click.option("--comment", metavar="TEXT", help="With this in the comment.")
@click.option("--thing", metavar="NAME", help="Over this one Thing.")
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="The newest N of them."
)
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@with_access
def jobs(
    target: Access,
    status: str | None,
    email: str | None,
    comment: str | None,
    thing: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List the jobs, newest first. The shadows of each are told as done/all."""
    filters = {"status": status, "email": email, "comment": comment, "thingName": thing}
    query = [(name, value) for name, value in filters.items() if value is not None]
    client, found = Client(target), list[dict[str, object]]()
    cursor: str | None = None
    while len(found) < limit:
        size = ("limit", str(min(limit - len(found), MOST_OF_A_PAGE)))
        place = [("cursor", cursor)] if cursor else []
        page = client.jobs([*query, size, *place], deadline=time.monotonic() + PAGE_SECONDS)
        found += page.rows
        if (cursor := page.next_cursor) is None:
            break
    if as_json:
        click.echo(json.dumps({"jobs": found[:limit]}, indent=2))
        return
    rows = Rows(HEADING)
    for summary in found[:limit]:
        try:
            job = Job.parse({**summary, "shadows": []})
        except NotAJobError:
            continue
        rows.add(_cells(BulkJob.of(job)), COLOURS.get(job.status))
    rows.end()


def _cells(bulk: BulkJob) -> tuple[str, ...]:
    job = bulk.job
    return (
        job.id or "-",
        job.status,
        bulk.selection,
        str(bulk.things.get("total", 0)),
        f"{job.settled}/{job.counts.get('total', 0)}",
        bulk.requested_by or "-",
        moment(bulk.created_at),
        bulk.comment or "-",
    )
