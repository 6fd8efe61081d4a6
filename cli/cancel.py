"""`shadow-sync cancel`."""

import time

import click

from cli import access, show
from cli.access import Access, with_access
from cli.client import Client
from cli.failures import DELIVERED

ANSWER_SECONDS = 30.0


@click.command()
@click.argument("job_id", metavar="JOB", callback=access.job_id)
@with_access
def cancel(target: Access, job_id: str) -> None:
    """Cancel JOB: nothing further is sent, and it ends with what is under way. Exit code 1 if it had ended already."""
    job = Client(target).cancel(job_id, deadline=time.monotonic() + ANSWER_SECONDS).job
    if not job.ended:
        click.echo("Cancelled; something is still under way.", err=True)
    show.print_job(job)
    raise SystemExit(DELIVERED)
