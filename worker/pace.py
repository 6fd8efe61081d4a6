"""How fast AWS is called: one stream of evenly spaced places for each quota, shared by all workers.

Devices live on the same quotas. Throttling cuts the pace by a third at once, and a tenth of the cap comes back each
second (AIMD); the clock is the store's.
"""

import time
from collections import deque
from pathlib import Path
from threading import Lock

from redis import Redis

from worker.failures import PacedError

_KEY_PREFIX = "shadow-sync:pace:"
LONGEST_WAIT_SECONDS = 2.0
_BURST_SECONDS, _BATCH_SECONDS, _LARGEST_BATCH = 0.25, 0.05, 100
_EVEN_BATCH_SECONDS, _EVEN_LATE_SECONDS = 0.01, 0.015
_LUA = Path(__file__).parent / "lua"


class Pace:
    """The calls to one AWS service. Thread-safe. Raises ``redis.RedisError`` where the store cannot be reached."""

    def __init__(
        self,
        redis: "Redis",
        service: str,
        per_second: float,
        *,
        longest_wait: float = LONGEST_WAIT_SECONDS,
        burst: float = _BURST_SECONDS,
        urgent: bool = False,
    ) -> None:
        """*per_second*: calls at most, over all workers; *longest_wait* in seconds; *burst*: of how many seconds the
        calls may come at once after a pause. What is *urgent* goes past what is not, for a moment above the cap.
        """
        self._service, self._per_second, self._longest_wait = service, per_second, longest_wait
        self._burst, self._urgent = burst, urgent
        # Without bursts no place is taken late, so that few are taken ahead, or many would be lost.
        batch, self._late = (_BATCH_SECONDS, _BATCH_SECONDS) if burst else (_EVEN_BATCH_SECONDS, _EVEN_LATE_SECONDS)
        self._batch = min(max(1, int(per_second * batch)), _LARGEST_BATCH)
        self._key = f"{_KEY_PREFIX}{service}"
        self._reserve = redis.register_script((_LUA / "reserve.lua").read_text())
        self._slow_down = redis.register_script((_LUA / "slow_down.lua").read_text())
        self._places: deque[float] = deque()
        self._lock = Lock()

    def wait(self) -> None:
        """Wait for a place in the stream.

        Raises:
            PacedError: the wait would be longer; it says by how much.
        """
        place = self._next_place()
        _sleep_until(place)
        # A machine that is busy wakes several late, and at once.
        while time.monotonic() - place > self._late:
            place = self._next_place()
            _sleep_until(place)

    def slow_down(self) -> None:
        """AWS has throttled a call."""
        self._places = deque()
        self._slow_down(keys=[self._key], args=[self._per_second])

    def _next_place(self) -> float:
        # Whoever holds it asks the store, which can be slow; a lease does not last for a queue of such waits.
        if not self._lock.acquire(timeout=self._longest_wait):
            raise self._refusal(retry_after=self._longest_wait)
        try:
            self._drop_missed_places()
            return (self._places or self._take_places()).popleft()
        finally:
            self._lock.release()

    def _drop_missed_places(self) -> None:
        """Nobody came for them; taken now, they would be a burst."""
        # Half of what is too late, or the first that is left would be it by the time that it is taken.
        missed = time.monotonic() - self._late / 2
        while self._places and self._places[0] < missed:
            self._places.popleft()

    def _take_places(self) -> deque[float]:
        """Reserve a few places at once: a process then asks the store not for each, but twenty times a second."""
        times = [self._burst * 1000, self._longest_wait * 1000]
        limits = [self._per_second, self._batch, *times, int(self._urgent)]
        first, interval, granted = (float(number) for number in self._reserve(keys=[self._key], args=limits))
        if not granted:
            raise self._refusal(retry_after=first / 1000)
        now = time.monotonic()
        places = deque(now + (first + number * interval) / 1000 for number in range(int(granted)))
        self._places = places
        return places

    def _refusal(self, *, retry_after: float) -> PacedError:
        text = f"Paced: {self._service.partition(':')[0]} is called as often as its cap allows"
        return PacedError(text, throttled=True, retry_after=retry_after)


def _sleep_until(moment: float) -> None:
    seconds = moment - time.monotonic()
    # To sleep for no time, too, hands Python's lock to others, and waits until it comes back.
    if seconds > 0:
        time.sleep(seconds)
