"""The Celery application's configuration, and the wake-ups that are sent through it.

A message here is only a wake-up: the job store knows what there is to do, and the reconciler publishes again what was
lost. So nothing is stored as a result, nothing waits for an ETA, and a message is acknowledged as soon as a worker
takes it.
"""

import time
from collections.abc import Sequence

import structlog
from celery import Celery
from kombu.exceptions import KombuError
from kombu.messaging import Producer
from kombu.utils.uuid import uuid
from redis import RedisError

from worker.connection import tls
from worker.job import Work
from worker.job_request import Lane
from worker.keys import KEY_PREFIX
from worker.reconnect import Amqp
from worker.settings import Settings
from worker.transport import use_for_redis
from worker.wake_up import SELECT_THINGS, SYNC_SHADOW, SYNC_THING, headers

_BATCH = 500
_CONNECTIONS = 1032
_log = structlog.get_logger(__name__)


def make_celery(settings: Settings) -> Celery:
    """The application that API, worker, beat and Flower build alike. It knows the broker, and no task."""
    use_for_redis()
    app = Celery("shadow-sync", broker=settings.redis_url.partition("?")[0], amqp=Amqp)
    app.conf.update(
        broker_use_ssl=tls(settings),
        broker_transport_options={
            "global_keyprefix": KEY_PREFIX,
            "socket_timeout": settings.redis_timeout_seconds,
            "socket_connect_timeout": settings.redis_timeout_seconds,
            "socket_keepalive": True,
            "health_check_interval": 10,
            # No copy of each unacknowledged message in Redis, two more round trips a task: the due set is that copy.
            "ack_emulation": False,
            # One list for each queue, where kombu would keep four.
            "priority_steps": [0],
        },
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        # More than a process can have threads, opened as they are needed: kombu's wait for a free one has no end.
        broker_pool_limit=_CONNECTIONS,
        broker_connection_timeout=settings.redis_timeout_seconds,
        broker_pool_acquire_timeout=settings.redis_timeout_seconds,
        task_default_queue=Lane.INTERACTIVE.value,
        task_ignore_result=True,
        task_serializer="json",
        result_serializer="json",
        event_serializer="json",
        accept_content=["json"],
        result_accept_content=["json"],
        beat_scheduler="worker.beat:ReconcilingScheduler",
        beat_max_loop_interval=settings.reconcile_seconds,
        worker_pool="threads",
        worker_concurrency=settings.worker_threads,
        worker_prefetch_multiplier=1,
        worker_disable_rate_limits=True,
        # Flower turns them on where one runs; nobody else pays for them.
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
    )
    return app


class WakeUps:
    """Tells the workers that there is work. Thread-safe."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def send(self, works: Sequence[Work], lane: Lane) -> None:
        """Publish one message for each piece of work to the lane's queue, in few round trips.

        A broker that cannot be reached is no error, it is logged: what is not published is overdue soon, and published
        again.
        """
        if not works:
            return
        try:
            with (
                self._app.producer_pool.acquire(
                    block=True, timeout=self._app.conf.broker_pool_acquire_timeout
                ) as producer,
                producer.batch(_BATCH),  # type: ignore[attr-defined]  # newer than the stubs
            ):
                for work in works:
                    self._publish(work, lane, producer)
        except (KombuError, RedisError) as error:
            _log.warning("wake-ups not sent", works=len(works), error=type(error).__name__)

    def _publish(self, work: Work, lane: Lane, producer: Producer) -> None:
        """What ``send_task`` would send, for a third of its CPU time: our messages have no options."""
        if not work.thing_name:
            task, args = SELECT_THINGS, [work.job_id]
        elif work.shadow_name is None:
            task, args = SYNC_THING, [work.job_id, work.thing_name]
        else:
            task, args = SYNC_SHADOW, [work.job_id, work.thing_name, work.shadow_name]
        task_id = uuid()
        producer.publish(
            (args, {}, {}),
            exchange="",
            routing_key=lane.value,
            correlation_id=task_id,
            headers=headers(task, task_id, args),
            # Of the oldest that waits the metrics tell the age.
            timestamp=time.time(),
        )
