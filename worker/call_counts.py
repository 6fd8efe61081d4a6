"""How the calls to AWS were answered, and how many messages were dropped, counted in this process until somebody takes
the counts away.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

from worker.failures import RetryableError
from worker.job_request import Lane


class CallCounts:
    """Thread-safe. A count is named as :mod:`worker.counters` says."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[str] = Counter()
        self.last_at = time.monotonic()
        """When a call was last answered, or given up."""

    @contextmanager
    def counted(self, operation: str) -> Iterator[None]:
        """The block is one call to AWS."""
        outcome = "error"
        try:
            yield
            outcome = "ok"
        except RetryableError as failure:
            if failure.throttled:
                outcome = "throttled"
            raise
        finally:
            with self._lock:
                self._counts[f"aws_calls:{operation}:{outcome}"] += 1
            self.last_at = time.monotonic()

    def dropped(self, queue: str) -> None:
        """A message of that queue was no wake-up."""
        lane = queue if queue in set(Lane) else "other"
        with self._lock:
            self._counts[f"messages_dropped:{lane}"] += 1

    def take(self) -> Mapping[str, int]:
        """What has been counted since it was last taken."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return counts

    def put_back(self, counts: Mapping[str, int]) -> None:
        with self._lock:
            self._counts.update(counts)
