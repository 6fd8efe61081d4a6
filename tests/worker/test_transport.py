"""Several wake-ups are taken at a time, and never more than there is room for."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from kombu import Consumer
from redis import Redis

from worker.broker import make_celery
from worker.job import Work
from worker.job_request import Lane
from worker.keys import queue_key
from worker.settings import Settings
from worker.wake_up import rewritten
from worker.wake_ups import WakeUps

AT_ONCE = 8
QUEUE = queue_key(Lane.INTERACTIVE)
NAMES = [f"shadow-{number}" for number in range(20)]


@contextmanager
def consuming(settings: Settings, *, prefetch: int) -> Iterator[tuple[Any, list[Any]]]:
    """A connection that consumes, and the messages that have come."""
    app, taken = make_celery(settings), list[Any]()
    with app.connection_for_read() as connection:
        consumer = Consumer(
            connection, queues=[app.amqp.queues[Lane.INTERACTIVE.value]], on_message=taken.append, auto_declare=False
        )
        consumer.qos(prefetch_count=prefetch)
        with consumer:
            yield connection, taken
    app.close()


@pytest.fixture(autouse=True)
def _queued(redis: "Redis") -> None:
    WakeUps(redis).send([Work("0" * 32, "lock", name) for name in NAMES], Lane.INTERACTIVE)


def names_of(taken: list[Any]) -> list[str]:
    return [json.loads(message.body)[0][2] for message in taken]


def test_one_look_brings_several_in_their_order(redis: "Redis", settings: Settings) -> None:
    with consuming(settings, prefetch=100) as (connection, taken):
        connection.drain_events(timeout=5)

        assert names_of(taken) == NAMES[:AT_ONCE]
        assert redis.llen(QUEUE) == len(NAMES) - AT_ONCE

        connection.drain_events(timeout=5)
        connection.drain_events(timeout=5)

    assert names_of(taken) == NAMES


def test_one_that_is_put_back_is_the_same_wake_up(redis: "Redis", settings: Settings) -> None:
    with consuming(settings, prefetch=1) as (connection, taken):
        connection.drain_events(timeout=5)
        [message] = taken
        assert message.payload == (["0" * 32, "lock", NAMES[0]], {}, {})
        message.requeue()
        queued = [rewritten(str(one).encode(), QUEUE) for one in redis.lrange(QUEUE, 0, -1)]

    assert sorted(one["unpacked"][0][2] for one in queued) == sorted(NAMES)


def test_no_more_are_taken_than_there_is_room_for(redis: "Redis", settings: Settings) -> None:
    with consuming(settings, prefetch=3) as (connection, taken):
        connection.drain_events(timeout=5)
        with pytest.raises(TimeoutError):
            connection.drain_events(timeout=0.2)
        assert names_of(taken) == NAMES[:3]

        for message in list(taken):
            message.ack()
        connection.drain_events(timeout=5)

        assert names_of(taken) == NAMES[:6]


def test_one_that_is_unfit_takes_none_of_the_others_along(redis: "Redis", settings: Settings) -> None:
    redis.linsert(QUEUE, "BEFORE", redis.lindex(QUEUE, -3), "no wake-up")  # type: ignore[arg-type]

    with consuming(settings, prefetch=100) as (connection, taken):
        connection.drain_events(timeout=5)

    assert names_of(taken) == NAMES[: AT_ONCE - 1]


def test_what_is_not_acknowledged_goes_back_whole_when_the_worker_ends(redis: "Redis", settings: Settings) -> None:
    with consuming(settings, prefetch=100) as (connection, taken):
        connection.drain_events(timeout=5)
        taken[0].ack()
        taken[0].channel.close()

    with consuming(settings, prefetch=100) as (connection, again):
        for _ in range(3):
            connection.drain_events(timeout=5)

    assert sorted(names_of(again)) == sorted(NAMES[1:])
