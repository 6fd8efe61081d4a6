"""The wake-ups as they are sent: straight into the broker's lists."""

import time
from collections.abc import Sequence
from uuid import uuid4

import orjson
import structlog
from redis import Redis, RedisError

from worker.job import Work
from worker.job_request import Lane
from worker.keys import queue_key
from worker.wake_up import SELECT_THINGS, SYNC_SHADOW, SYNC_THING, message

_BATCH = 500
_log = structlog.get_logger(__name__)


class WakeUps:
    """Tells the workers that there is work. Thread-safe."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def send(self, works: Sequence[Work], lane: Lane) -> None:
        """Put one message for each piece of work into the lane's queue, in few round trips.

        A broker that cannot be reached is no error, it is logged: what is not published is overdue soon, and published
        again. The messages are what ``send_task`` would send; it takes ten times as long over each, for options that
        ours do not have.
        """
        try:
            for first in range(0, len(works), _BATCH):
                messages = [_message(work, lane) for work in works[first : first + _BATCH]]
                self._redis.lpush(queue_key(lane), *messages)
        except RedisError as error:
            _log.warning("wake-ups not sent", works=len(works), error=type(error).__name__)


def _message(work: Work, lane: Lane) -> bytes:
    if not work.thing_name:
        task, args = SELECT_THINGS, [work.job_id]
    elif work.shadow_name is None:
        task, args = SYNC_THING, [work.job_id, work.thing_name]
    else:
        task, args = SYNC_SHADOW, [work.job_id, work.thing_name, work.shadow_name]
    return orjson.dumps(message(task, str(uuid4()), args, lane.value, sent_at=time.time()))
