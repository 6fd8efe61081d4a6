"""Wake-ups are not dropped because many threads publish at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from redis import Redis

from worker.broker import INTERACTIVE_QUEUE_KEY, WakeUps, make_celery
from worker.job import Work
from worker.settings import Settings

THREADS = 100


def test_every_thread_has_a_connection_to_publish_on(redis: "Redis", settings: Settings) -> None:
    app = make_celery(settings)
    wake_ups = WakeUps(app)
    together = Barrier(THREADS, timeout=10)

    def send(number: int) -> None:
        together.wait()
        wake_ups.send([Work("0" * 32, "lock", f"shadow-{number}")])

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(send, range(THREADS)))

    assert redis.llen(INTERACTIVE_QUEUE_KEY) == THREADS
    app.close()
