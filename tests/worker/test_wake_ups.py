"""Wake-ups reach the queue from as many threads as there are, over a slow broker too."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from redis import Redis

from worker.broker import INTERACTIVE_QUEUE_KEY, WakeUps, make_celery
from worker.job import Work
from worker.settings import Settings

THREADS = 100


def test_no_wake_up_is_dropped_when_more_threads_publish_than_there_are_connections(
    redis: "Redis", settings: Settings
) -> None:
    app = make_celery(settings)
    app.conf.broker_pool_limit = 2
    wake_ups = WakeUps(app)
    together = Barrier(THREADS, timeout=10)

    def send(number: int) -> None:
        together.wait()
        wake_ups.send([Work("0" * 32, "lock", f"shadow-{number}")])

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(send, range(THREADS)))

    assert redis.llen(INTERACTIVE_QUEUE_KEY) == THREADS
    app.close()
