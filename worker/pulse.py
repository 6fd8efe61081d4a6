"""What a worker process tells the store about itself, once a second: that it lives, when it last got on, and how AWS
has answered it since.
"""

import time
from collections.abc import Iterable
from threading import Event, Thread

import structlog
from redis import Redis, RedisError

from worker.call_counts import CallCounts
from worker.scripts import Scripts
from worker.settings import Settings

_EVERY_SECONDS = 1.0
_log = structlog.get_logger(__name__)


class Pulse:
    """Thread-safe. Beats in a thread of its own from :meth:`start` to :meth:`stop`. A kill loses a second's counts.

    A store that cannot be reached is told later. Should just its answer get lost, it is told twice.
    """

    def __init__(self, redis: "Redis", settings: Settings, calls: CallCounts) -> None:
        self._scripts = Scripts(redis, settings)
        self._calls = calls
        self._got_on_at = time.monotonic()
        self._stopped = Event()
        self._thread: Thread | None = None
        self._name, self._lanes = "", ""

    def got_on(self) -> None:
        """A wake-up was taken. That AWS has answered is known anyway."""
        self._got_on_at = time.monotonic()

    def start(self, name: str, lanes: Iterable[str]) -> None:
        """*name*: Celery's for the worker, unlike all others' names; *lanes*: whose wake-ups it takes."""
        self._name, self._lanes = name, ",".join(sorted(lanes))
        self.got_on()
        self._thread = Thread(target=self._beat, name="pulse", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Tell for the last time. Does nothing where it was not started."""
        self._stopped.set()
        if self._thread:
            self._thread.join(timeout=10)
            self._tell("last")

    def _beat(self) -> None:
        told = self._tell("first")
        while not self._stopped.wait(_EVERY_SECONDS):
            told = self._tell("" if told else "first") or told

    def _tell(self, moment: str) -> bool:
        counts = self._calls.take()
        idle_ms = round((time.monotonic() - max(self._got_on_at, self._calls.last_at)) * 1000)
        flat = (str(part) for count in counts.items() for part in count)
        try:
            self._scripts.of_no_job("pulse", self._name, self._lanes, str(max(idle_ms, 0)), moment, *flat)
        except RedisError as error:
            self._calls.put_back(counts)
            _log.debug("pulse not told", error=type(error).__name__)
            return False
        return True
