"""What can follow the start of a job over many Things: following it to its end, or no more than its id."""

import math
import time
from collections.abc import Callable
from typing import Any, TypeVar

import click

from cli.answer import Answer
from cli.bulk_job import BulkJob
from cli.bulk_show import hints
from cli.client import Client
from cli.failures import DELIVERED
from cli.finish import as_json, finish
from cli.values import one_line
from cli.watch import follow

START_SECONDS = 120.0
Command = TypeVar("Command", bound=Callable[..., Any])


def with_watching(command: Command) -> Command:
    """Give *command* the options --watch, --timeout and --json."""
    watch = click.option(
        "--watch/--no-watch", default=False, help="Follow the job to its end, or print its id (the default)."
    )
    timeout = click.option(
        "--timeout",
        type=click.FloatRange(min=1),
        metavar="SECONDS",
        help="How long to watch in all. Default: to the end.",
    )
    return watch(timeout(as_json(command)))


def start(
    client: Client, create: Callable[[float], Answer], *, watch: bool, timeout: float | None, as_json: bool
) -> None:
    """Make the job by *create*, which gets a deadline, and go on as the options say."""
    began = time.monotonic()
    answer = create(began + min(START_SECONDS, timeout or START_SECONDS))
    job = answer.job
    words = BulkJob.of(job).left_out
    left_out = f"; left out: {', '.join(words)}" if words else ""
    if watch:
        click.echo(f"Started {one_line(job.id or '')}{left_out}.", err=True)
        finish(follow(client, answer, began + (timeout or math.inf)), as_json)
    if as_json:
        finish(job, as_json, DELIVERED)
    click.echo(f"Started{left_out}. See `shadow-sync status {job.id}`.", err=True)
    for hint in hints(BulkJob.of(job)) if job.bulk else ():
        click.echo(hint, err=True)
    click.echo(job.id)
