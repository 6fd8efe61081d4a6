"""Waiting for a job's end without polling: one subscription per process, one event per waiting caller."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

import structlog
from redis import Redis
from redis.client import PubSub
from redis.exceptions import TimeoutError as RedisTimeoutError

from worker.keys import ENDED_CHANNEL

_RECONNECT_SECONDS = 1.0
_PING_AFTER_SECONDS, _PONG_WITHIN_SECONDS = 5.0, 3.0
_log = structlog.get_logger(__name__)


class EndedJobs:
    """Tells waiting threads that their job may have ended. The thread that listens starts with the first of them.

    A wake-up is a hint, never a proof: after a lost connection everybody is woken, to look for themselves.
    """

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._lock = threading.Lock()
        self._waiting: dict[str, set[threading.Event]] = {}
        self._listener: threading.Thread | None = None
        self._subscribed = threading.Event()
        self._closed = threading.Event()

    @contextmanager
    def watch(self, job_id: str, timeout: float) -> Iterator[threading.Event]:
        """An event that is set when the job may have ended. Watch first, then read the job, then wait: no end can fall
        in between.

        *timeout* in seconds bounds the wait for the subscription to stand.
        """
        event = threading.Event()
        with self._lock:
            self._waiting.setdefault(job_id, set()).add(event)
            if self._listener is None:
                self._listener = threading.Thread(target=self._listen, name="ended-jobs", daemon=True)
                self._listener.start()
        try:
            self._subscribed.wait(timeout)
            yield event
        finally:
            with self._lock:
                events = self._waiting[job_id]
                events.discard(event)
                if not events:
                    del self._waiting[job_id]

    def close(self) -> None:
        """Stop listening, within a second or so. Nobody is woken any more."""
        self._closed.set()

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                with self._redis.pubsub() as subscription:  # type: ignore[no-untyped-call]
                    self._follow(subscription)
            except Exception as error:  # noqa: BLE001 - without a listener every wait would run to its full time
                self._subscribed.clear()
                _log.warning("subscription lost", error=type(error).__name__)
                self._closed.wait(_RECONNECT_SECONDS)

    def _follow(self, subscription: PubSub) -> None:
        subscription.subscribe(ENDED_CHANNEL)
        heard, asked = time.monotonic(), False
        while not self._closed.is_set():
            message = subscription.get_message(timeout=_RECONNECT_SECONDS)
            if message is None:
                # A connection that is open at this end only is silent, like one on which nothing happens.
                silence = time.monotonic() - heard
                if silence > _PING_AFTER_SECONDS + _PONG_WITHIN_SECONDS:
                    raise RedisTimeoutError("the subscription's connection is dead")
                if silence > _PING_AFTER_SECONDS and not asked:
                    subscription.ping()
                    asked = True
                continue
            heard, asked = time.monotonic(), False
            if message["type"] == "subscribe":
                self._subscribed.set()
                self._wake_all()
            elif message["type"] == "message":
                self._wake(message["data"])

    def _wake(self, job_id: str) -> None:
        with self._lock:
            for event in self._waiting.get(job_id, ()):
                event.set()

    def _wake_all(self) -> None:
        with self._lock:
            for event in chain.from_iterable(self._waiting.values()):
                event.set()
