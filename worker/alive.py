"""Does a worker get on? ``python -m worker.alive -n worker@%h`` exits with 0 or 1 and says why: the health check of a
worker's container.

It asks the store, not the worker: one that hangs can still answer a ping. A worker is stuck where it has taken nothing,
and heard nothing from AWS, for as long as a message has been waiting in its queue. One without work is well, and so is
one that cannot reach the store, since a restart would not mend that.
"""

import socket
import sys

import click
from redis import RedisError

from worker.connection import connect
from worker.figures import Figures, StoreFigures
from worker.settings import Settings, load


def stuck(figures: Figures, name: str, seconds: float) -> str | None:
    """What is wrong with the worker *name*, in one line; None where nothing is."""
    worker = figures.workers.get(name)
    if worker is None:
        return f"no worker {name} has told of itself: it has not started yet, or its -n is another"
    waiting = max((figures.lanes[lane].queue_seconds or 0.0 for lane in worker.lanes), default=0.0)
    if min(worker.idle_seconds, waiting) <= seconds:
        return None
    return f"{name} has taken nothing for {worker.idle_seconds:.0f} s, and a message has waited for {waiting:.0f} s"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-n", "name", required=True, help="The worker's name, as Celery was given it; %h is the host's name.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    help="How long it may take nothing although there is work. Default: SHADOW_SYNC_LEASE_SECONDS, which no attempt "
    "outlives.",
)
def main(name: str, seconds: float | None) -> None:
    """Exit with 0 where the worker gets on or has nothing to do, with 1 where it is stuck."""
    settings = load(Settings)
    name = name.replace("%h", socket.gethostname())
    try:
        with connect(settings, connections=1) as redis:
            trouble = stuck(StoreFigures(redis, settings).read(), name, seconds or settings.lease_seconds)
    except RedisError as error:
        click.echo(f"nobody can tell: the store cannot be reached ({type(error).__name__})")
        return
    click.echo(trouble or f"{name} gets on")
    sys.exit(1 if trouble else 0)


if __name__ == "__main__":
    main()
