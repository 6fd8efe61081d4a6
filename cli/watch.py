"""Following a job until it ends, or until nothing happens without a person."""

import sys
import time

import click

from cli import show
from cli.answer import Answer
from cli.client import Client
from cli.connection import ANSWER_SECONDS
from cli.failures import INTERRUPTED, NotYetError, UnreachableError
from cli.job import Job
from cli.live import SECONDS_BETWEEN_LINES, BulkProgress

# The service caps the wait. On a terminal a short one keeps the progress alive.
WAIT_SECONDS, LIVE_WAIT_SECONDS = 30, 1
BULK_WAIT_SECONDS = int(SECONDS_BETWEEN_LINES)
SHORTEST_PAUSE_SECONDS = 1.0
# A job over many Things outlasts a restart of the service, and so does whoever watches it.
PATIENCE_SECONDS = 60.0


def follow(client: Client, answer: Answer, deadline: float) -> Job:
    """Ask for a job until it ends or waits for its confirmation, showing progress.

    Raises:
        NotYetError: the deadline came first.
    """
    progress = BulkProgress() if answer.job.bulk else show.Progress()
    try:
        while not (answer.job.ended or answer.job.needs_confirmation):
            progress.show(answer.job)
            answer = _ask_again(client, answer, deadline)
    except KeyboardInterrupt:
        progress.end()
        click.echo(f"The job goes on. See {_ways_on(answer.job)}.", err=True)
        raise SystemExit(INTERRUPTED) from None
    finally:
        progress.end()
    return answer.job


def _ask_again(client: Client, answer: Answer, deadline: float) -> Answer:
    job_id = answer.job.id
    if job_id is None or time.monotonic() >= deadline:
        raise NotYetError(f"Time is up, but the job goes on. See {_ways_on(answer.job)}, or raise --timeout.")
    asked = time.monotonic()
    wait = _wait(answer.job, deadline)
    following = _ask_patiently(client, job_id, wait, deadline, PATIENCE_SECONDS if answer.job.bulk else 0.0)
    # A service whose waiting places are all taken answers at once.
    if not following.job.ended and time.monotonic() - asked < min(wait, SHORTEST_PAUSE_SECONDS) / 2:
        pause = max(following.retry_after, SHORTEST_PAUSE_SECONDS)
        time.sleep(max(0.0, min(pause, deadline - time.monotonic())))
    return following


def _ask_patiently(client: Client, job_id: str, wait: int, deadline: float, patience: float) -> Answer:
    gives_up = min(time.monotonic() + wait + patience, deadline)
    while True:
        try:
            return client.job(job_id, wait=wait, deadline=deadline + ANSWER_SECONDS)
        except UnreachableError:
            if not patience or time.monotonic() + SHORTEST_PAUSE_SECONDS > gives_up:
                raise
            time.sleep(SHORTEST_PAUSE_SECONDS)


def _wait(job: Job, deadline: float) -> int:
    """The seconds that the service may take to tell how *job* stands, where nothing happens: it answers at the end."""
    longest = LIVE_WAIT_SECONDS if sys.stderr.isatty() else WAIT_SECONDS
    if job.bulk:
        # Only its end cuts the wait short, so a change of status, soon after the start, is looked for.
        longest = min(longest, LIVE_WAIT_SECONDS if job.status in ("queued", "resolving") else BULK_WAIT_SECONDS)
    return max(1, int(min(longest, deadline - time.monotonic())))


def _ways_on(job: Job) -> str:
    cancel = f", or stop it with `shadow-sync cancel {job.id}`" if job.bulk else ""
    return f"`shadow-sync status {job.id}{' --wait' if job.bulk else ''}`{cancel}"
