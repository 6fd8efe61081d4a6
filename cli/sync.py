"""`shadow-sync sync`, `shadow-sync drift` and `shadow-sync status`."""

import math
import time
from typing import Any

import click

from cli import access
from cli.access import Access, with_access
from cli.answer import Answer
from cli.client import Client
from cli.failures import DELIVERED
from cli.finish import as_json, finish
from cli.watch import follow

SECONDS_IN_ALL = 120.0

timeout = click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=SECONDS_IN_ALL,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait in all.",
)
waiting = click.option("--wait/--no-wait", default=True, help="Wait for the end (the default), or print the job's id.")


@click.command()
@click.argument("thing", callback=access.thing_name)
@waiting
@click.option(
    "--verify/--no-verify",
    default=None,
    help="Wait until the rows of what was delivered have landed, or do not. Default: as the service is configured.",
)
@click.option("--only-drifted", is_flag=True, help="Skip the shadows whose rows have their version already.")
@click.option(
    "--ignore-where",
    is_flag=True,
    help="Send the events of those shadows too for which the rule's WHERE does not hold.",
)
@timeout
@as_json
@with_access
def sync(target: Access, thing: str, wait: bool, timeout: float, as_json: bool, **options: Any) -> None:
    """Sync every named shadow of THING."""
    deadline = time.monotonic() + timeout
    client = Client(target)
    # Without a wait, so that the job is known, and can be named, before anything can interrupt the wait for it.
    _go_on(client, client.create_job(thing, wait=0, deadline=deadline, **options), wait, deadline, as_json)


@click.command()
@click.argument("thing", callback=access.thing_name)
@waiting
@timeout
@as_json
@with_access
def drift(target: Access, thing: str, wait: bool, timeout: float, as_json: bool) -> None:
    """Compare every named shadow of THING with its row, and send nothing. The exit code is 0 if all are equal."""
    deadline = time.monotonic() + timeout
    client = Client(target)
    _go_on(client, client.create_check(thing, wait=0, deadline=deadline), wait, deadline, as_json)


def _go_on(client: Client, answer: Answer, wait: bool, deadline: float, as_json: bool) -> None:
    """After the start of a job."""
    if not wait and not as_json and answer.job.id:
        click.echo(f"Started. See `shadow-sync status {answer.job.id}`.", err=True)
        click.echo(answer.job.id)
        return
    job = follow(client, answer, deadline) if wait else answer.job
    finish(job, as_json, DELIVERED if not wait and not job.ended else None)


@click.command()
@click.argument("job_id", metavar="JOB", callback=access.job_id)
@click.option("--wait/--no-wait", default=False, help="Wait for the end, or tell how the job stands now (the default).")
@click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="How long to wait in all. Default: 120, and until the end for a job over many Things.",
)
@as_json
@with_access
def status(target: Access, job_id: str, wait: bool, timeout: float | None, as_json: bool) -> None:
    """Tell how JOB stands. The exit code is 0 once every shadow is delivered, or found equal, and 1 before that."""
    began = time.monotonic()
    client = Client(target)
    answer = client.job(job_id, wait=0, deadline=began + (timeout or SECONDS_IN_ALL))
    if wait:
        longest = timeout or (math.inf if answer.job.bulk else SECONDS_IN_ALL)
        finish(follow(client, answer, began + longest), as_json)
    finish(answer.job, as_json)
