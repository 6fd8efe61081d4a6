"""Wake-ups arrive as Celery's own messages do, and are not dropped because many threads publish at the same moment."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from redis import Redis

from worker.broker import make_celery
from worker.connection import connect
from worker.job import Work
from worker.job_request import Lane
from worker.keys import queue_key
from worker.settings import Settings
from worker.wake_up import SYNC_SHADOW
from worker.wake_ups import WakeUps

THREADS = 100


def test_more_threads_than_connections_lose_no_wake_up(redis: "Redis", settings: Settings) -> None:
    together = Barrier(THREADS, timeout=10)
    with connect(settings, connections=10) as ours:
        wake_ups = WakeUps(ours)

        def send(number: int) -> None:
            together.wait()
            wake_ups.send([Work("0" * 32, "lock", f"shadow-{number}")], Lane.INTERACTIVE)

        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(send, range(THREADS)))

    assert redis.llen(queue_key(Lane.INTERACTIVE)) == THREADS


def test_a_message_is_the_one_that_celery_itself_would_send(redis: "Redis", settings: Settings) -> None:
    """As far as a worker, or Flower, looks at it."""
    app = make_celery(settings)
    WakeUps(redis).send([Work("0" * 32, "lock", "config")], Lane.INTERACTIVE)
    app.send_task(SYNC_SHADOW, args=["0" * 32, "lock", "config"])

    theirs, ours = (json.loads(message) for message in redis.lrange(queue_key(Lane.INTERACTIVE), 0, -1))

    for message in (theirs, ours):
        args, kwargs, _ = json.loads(base64.b64decode(message["body"]))
        assert (args, kwargs) == (["0" * 32, "lock", "config"], {})
        assert message["headers"]["id"] == message["headers"]["root_id"] == message["properties"]["correlation_id"]
    assert set(ours["headers"]) <= set(theirs["headers"])
    for name in set(ours["headers"]) - {"id", "root_id"}:
        assert ours["headers"][name] == theirs["headers"][name], name
    assert ours["properties"]["delivery_info"] == theirs["properties"]["delivery_info"]
    app.close()


def test_a_page_of_wake_ups_is_told_in_order_and_whole(redis: "Redis") -> None:
    names = [f"shadow-{number}" for number in range(1100)]

    WakeUps(redis).send([Work("0" * 32, "lock", name) for name in names], Lane.INTERACTIVE)

    queued = reversed(redis.lrange(queue_key(Lane.INTERACTIVE), 0, -1))
    assert [json.loads(base64.b64decode(json.loads(message)["body"]))[0][2] for message in queued] == names
