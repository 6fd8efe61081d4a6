"""How fast AWS is called: one stream of evenly spaced places for each quota, shared by all workers.

Devices live on the same quotas. Throttling cuts the pace by a third at once, and a tenth of the cap comes back each
second (AIMD); the clock is the store's.
"""

import time
from collections import deque
from pathlib import Path
from threading import Lock

from redis import Redis

from worker.failures import RetryableError

_KEY_PREFIX = "shadow-sync:pace:"
LONGEST_WAIT_SECONDS = 2.0
_BURST_SECONDS, _BATCH_SECONDS = 0.25, 0.05
_LUA = Path(__file__).parent / "lua"


class Pace:
    """The calls to one AWS service. Thread-safe. Raises ``redis.RedisError`` where the store cannot be reached."""

    def __init__(
        self, redis: "Redis", service: str, per_second: float, *, longest_wait: float = LONGEST_WAIT_SECONDS
    ) -> None:
        """*per_second*: calls at most, over all workers; *longest_wait* in seconds."""
        self._service, self._per_second, self._longest_wait = service, per_second, longest_wait
        self._batch = max(1, int(per_second * _BATCH_SECONDS))
        self._key = f"{_KEY_PREFIX}{service}"
        self._reserve = redis.register_script((_LUA / "reserve.lua").read_text())
        self._slow_down = redis.register_script((_LUA / "slow_down.lua").read_text())
        self._places: deque[float] = deque()
        self._lock = Lock()

    def wait(self) -> None:
        """Wait for a place in the stream.

        Raises:
            RetryableError: the wait would be longer; it says by how much.
        """
        with self._lock:
            if not self._places:
                self._take_places()
            place = self._places.popleft()
        time.sleep(max(0.0, place - time.monotonic()))

    def slow_down(self) -> None:
        """AWS has throttled a call."""
        with self._lock:
            self._places.clear()
        self._slow_down(keys=[self._key], args=[self._per_second])

    def _take_places(self) -> None:
        """Reserve a twentieth of a second's places at once: a process then asks the store twenty times a second."""
        limits = [self._per_second, self._batch, _BURST_SECONDS * 1000, self._longest_wait * 1000]
        first, interval = (float(number) / 1000 for number in self._reserve(keys=[self._key], args=limits))
        if first < 0:
            text = f"Paced: {self._service} is called as often as its cap allows"
            raise RetryableError(text, throttled=True, retry_after=interval)
        now = time.monotonic()
        self._places.extend(now + first + number * interval for number in range(self._batch))
