"""Whom the workers' health check blames, and whom not. How it finds out a real worker that hangs: test_metrics.py."""

import socket
from collections.abc import Iterator

import pytest
from redis import Redis

from tests.waiting import until
from tests.worker.alive import check
from worker.alive import stuck
from worker.call_counts import CallCounts
from worker.connection import connect
from worker.figures import StoreFigures
from worker.job import Work
from worker.job_request import Lane
from worker.pulse import Pulse
from worker.settings import Settings
from worker.wake_ups import WakeUps

NAME = f"mine@{socket.gethostname()}"
SECONDS = 0.3


@pytest.fixture
def figures(redis: "Redis", settings: Settings) -> StoreFigures:
    return StoreFigures(redis, settings)


@pytest.fixture
def pulse(redis: "Redis", settings: Settings, figures: StoreFigures) -> Iterator[Pulse]:
    """Of a worker for single Things that has taken nothing for longer than SECONDS."""
    pulse = Pulse(redis, settings, CallCounts())
    pulse.start(NAME, [Lane.INTERACTIVE])
    until(lambda: NAME in figures.read().workers, what="it is seen")
    until(lambda: figures.read().workers[NAME].idle_seconds > 2 * SECONDS, what="it is idle")
    yield pulse
    pulse.stop()


def wake(settings: Settings, figures: StoreFigures, lane: Lane) -> None:
    """Have a message wait in the lane for longer than SECONDS."""
    with connect(settings, connections=1) as redis:
        WakeUps(redis).send([Work("0" * 32, "lock")], lane)
    until(lambda: (figures.read().lanes[lane].queue_seconds or 0.0) > 2 * SECONDS, what="a message waits")


def test_a_worker_without_work_is_well_however_long_it_has_had_none(pulse: Pulse, redis_url: str) -> None:
    assert check(redis_url, "mine@%h", SECONDS) == (0, f"{NAME} gets on\n")


def test_a_worker_that_takes_nothing_is_stuck_only_where_work_waits_in_a_lane_of_its_own(
    pulse: Pulse, settings: Settings, figures: StoreFigures
) -> None:
    wake(settings, figures, Lane.BULK)
    assert stuck(figures.read(), NAME, SECONDS) is None

    wake(settings, figures, Lane.INTERACTIVE)
    assert "has taken nothing for" in (stuck(figures.read(), NAME, SECONDS) or "")


def test_a_worker_that_goes_on_taking_is_well_however_long_the_queue(
    pulse: Pulse, settings: Settings, figures: StoreFigures
) -> None:
    def well() -> bool:
        pulse.got_on()
        return stuck(figures.read(), NAME, SECONDS) is None

    wake(settings, figures, Lane.INTERACTIVE)

    assert stuck(figures.read(), NAME, SECONDS)
    until(well, what="it tells that it got on")


def test_a_worker_that_never_told_of_itself_is_not_well(redis_url: str) -> None:
    code, told = check(redis_url, "nobody@%h", SECONDS)

    assert code == 1
    assert told.startswith(f"no worker nobody@{socket.gethostname()} has told of itself")


def test_where_redis_cannot_be_reached_no_worker_is_blamed() -> None:
    told = "nobody can tell: the store cannot be reached (ConnectionError)\n"

    assert check("redis://127.0.0.1:1/0", "mine@%h", SECONDS) == (0, told)
