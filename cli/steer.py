"""`shadow-sync cancel`, `pause`, `resume`, `confirm` and `retry`."""

import time
from functools import partial

import click

from cli import access
from cli.access import Access, with_access
from cli.client import Client
from cli.failures import DELIVERED
from cli.finish import as_json, finish
from cli.job import Job
from cli.started import start, with_watching

STEER_SECONDS = 30.0

job_argument = click.argument("job_id", metavar="JOB", callback=access.job_id)


@click.command()
@job_argument
@as_json
@with_access
def cancel(target: Access, job_id: str, as_json: bool) -> None:
    """Cancel JOB: nothing further is sent, and it ends with what is under way. Exit code 1 if it had ended already."""
    job = _steer(target, job_id, "cancel")
    if not job.ended:
        click.echo("Cancelled; something is still under way.", err=True)
    finish(job, as_json, DELIVERED)


@click.command()
@job_argument
@as_json
@with_access
def pause(target: Access, job_id: str, as_json: bool) -> None:
    """Pause JOB: nothing further is sent until it is resumed. Exit code 1 if it has ended."""
    job = _steer(target, job_id, "pause")
    if job.counts.get("running"):
        click.echo("Paused; something is still under way.", err=True)
    finish(job, as_json, DELIVERED)


@click.command()
@job_argument
@as_json
@with_access
def resume(target: Access, job_id: str, as_json: bool) -> None:
    """Let JOB go on after a pause."""
    finish(_steer(target, job_id, "resume"), as_json, DELIVERED)


@click.command()
@job_argument
@as_json
@with_access
def confirm(target: Access, job_id: str, as_json: bool) -> None:
    """Let JOB begin, which is over so many Things that it waits to be confirmed."""
    finish(_steer(target, job_id, "confirm"), as_json, DELIVERED)


@click.command()
@job_argument
@click.option("--confirm", is_flag=True, help="Begin at once, however many Things it is over.")
@with_watching
@with_access
def retry(target: Access, job_id: str, confirm: bool, watch: bool, timeout: float | None, as_json: bool) -> None:
    """Start a job over just what failed in JOB, or has not landed. Twice is once: it is the same job again."""
    client = Client(target)
    begin = partial(client.retry, job_id, confirm=confirm)
    start(client, lambda deadline: begin(deadline=deadline), watch=watch, timeout=timeout, as_json=as_json)


def _steer(target: Access, job_id: str, verb: str) -> Job:
    return Client(target).steer(job_id, verb, deadline=time.monotonic() + STEER_SECONDS).job
