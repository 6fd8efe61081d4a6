"""The Celery application's configuration.

A message here is only a wake-up: the job store knows what there is to do, and the reconciler publishes again what was
lost. So nothing is stored as a result, nothing waits for an ETA, and a message is acknowledged as soon as a worker
takes it.
"""

from celery import Celery

from worker.connection import tls
from worker.job_request import Lane
from worker.keys import KEY_PREFIX
from worker.reconnect import Amqp
from worker.settings import Settings
from worker.transport import use_for_redis


def make_celery(settings: Settings) -> Celery:
    """The application that worker, beat and Flower build alike. It knows the broker, and no task."""
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
