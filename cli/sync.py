"""`shadow-sync sync`, `shadow-sync drift` and `shadow-sync status`."""

import json
import sys
import time
from typing import Any

import click

from cli import access, show
from cli.access import Access, with_access
from cli.answer import Answer
from cli.client import ANSWER_SECONDS, Client
from cli.failures import DELIVERED, INTERRUPTED, NOT_DELIVERED, NotYetError
from cli.job import Job

# The service caps the wait. On a terminal a short one keeps the progress alive.
WAIT_SECONDS, LIVE_WAIT_SECONDS = 30, 1
SHORTEST_PAUSE_SECONDS = 1.0

timeout = click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait in all.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print the job as JSON, and nothing else, on stdout.")


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
    _finish(job, as_json, DELIVERED if not wait and not job.ended else None)


@click.command()
@click.argument("job_id", metavar="JOB", callback=access.job_id)
@click.option("--wait/--no-wait", default=False, help="Wait for the end, or tell how the job stands now (the default).")
@timeout
@as_json
@with_access
def status(target: Access, job_id: str, wait: bool, timeout: float, as_json: bool) -> None:
    """Tell how JOB stands. The exit code is 0 once every shadow is delivered, or found equal, and 1 before that."""
    deadline = time.monotonic() + timeout
    client = Client(target)
    answer = client.job(job_id, wait=_wait(deadline) if wait else 0, deadline=deadline)
    _finish(follow(client, answer, deadline) if wait else answer.job, as_json, None)


def follow(client: Client, answer: Answer, deadline: float) -> Job:
    """Ask for a job until it ends, showing progress.

    Raises:
        NotYetError: the deadline came first.
    """
    progress = show.Progress()
    try:
        while not answer.job.ended:
            progress.show(answer.job)
            answer = _ask_again(client, answer, deadline)
    except KeyboardInterrupt:
        progress.end()
        click.echo(f"The job goes on. See `shadow-sync status {answer.job.id}`.", err=True)
        raise SystemExit(INTERRUPTED) from None
    finally:
        progress.end()
    return answer.job


def _ask_again(client: Client, answer: Answer, deadline: float) -> Answer:
    job_id = answer.job.id
    if job_id is None or time.monotonic() >= deadline:
        raise NotYetError(f"Time is up, but the job goes on. See `shadow-sync status {job_id}`, or raise --timeout.")
    asked = time.monotonic()
    wait = _wait(deadline)
    following = client.job(job_id, wait=wait, deadline=deadline + ANSWER_SECONDS)
    # A service whose waiting places are all taken answers at once.
    if not following.job.ended and time.monotonic() - asked < min(wait, SHORTEST_PAUSE_SECONDS) / 2:
        pause = max(following.retry_after, SHORTEST_PAUSE_SECONDS)
        time.sleep(max(0.0, min(pause, deadline - time.monotonic())))
    return following


def _wait(deadline: float) -> int:
    longest = LIVE_WAIT_SECONDS if sys.stderr.isatty() else WAIT_SECONDS
    return max(1, min(longest, int(deadline - time.monotonic())))


def _finish(job: Job, as_json: bool, code: int | None) -> None:
    if as_json:
        click.echo(json.dumps(job.raw, indent=2))
    else:
        show.print_job(job)
    if code is None:
        code = DELIVERED if job.all_well else NOT_DELIVERED
    raise SystemExit(code)
