"""Requests that wait for their job to end: without polling, never too many, and in nobody's way."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

from api.places import stepping_aside
from worker.ended import EndedJobs
from worker.job import Job


class Waiters:
    """Grants waits, as long as fewer than *limit* requests of this process wait. *subscribe_timeout* is in seconds."""

    def __init__(self, ended: EndedJobs, *, limit: int, subscribe_timeout: float) -> None:
        self._ended = ended
        self._room = threading.Semaphore(limit)
        self._subscribe_timeout = subscribe_timeout
        self._events: set[Event] = set()
        self._stopping = False

    @contextmanager
    def place(self, seconds: int | None) -> Iterator[bool]:
        """A place among those who wait. False where nobody asked for one, or where all are taken."""
        granted = bool(seconds) and not self._stopping and self._room.acquire(blocking=False)
        try:
            yield granted
        finally:
            if granted:
                self._room.release()

    @contextmanager
    def watch(self, job_id: str) -> Iterator[Event]:
        """To be entered before the job is created or read, so that its end cannot be missed."""
        with self._ended.watch(job_id, self._subscribe_timeout) as event:
            self._events.add(event)
            try:
                yield event
            finally:
                self._events.discard(event)

    def wait(self, event: Event, look: Callable[[], Job | None], seconds: float, *, is_new: bool) -> Job | None:
        """Look at the job whenever *event* hints at its end, until it has ended, waits for a confirmation, or
        *seconds* have passed. At one that *is_new* there is nothing to see before.
        """
        deadline = time.monotonic() + seconds
        if is_new and not self._stopping:
            with stepping_aside():
                event.wait(seconds)
        while True:
            event.clear()
            job = look()
            left = deadline - time.monotonic()
            if job is None or job.status.is_news or left <= 0 or self._stopping:
                return job
            with stepping_aside():
                event.wait(left)

    def stop(self) -> None:
        """Answer everybody who waits with the job as it stands. The process is about to end; the job is not."""
        self._stopping = True
        self._ended.close()
        for event in tuple(self._events):
            event.set()
