"""The pace that a job asked for, under those of the quotas."""

from collections import OrderedDict
from threading import Lock

from redis import Redis

from worker.job import Lease
from worker.pace import LONGEST_WAIT_SECONDS, Pace

_KEPT = 100
# Places are even, but the calls are not quite: without room for that some seconds would have more of them.
_SHARE = 0.97


class JobPaces:
    """One stream of places for each job that has a rate of its own, shared by all workers. Thread-safe."""

    def __init__(self, redis: "Redis", *, longest_wait: float = LONGEST_WAIT_SECONDS) -> None:
        self._redis, self._longest_wait = redis, longest_wait
        self._paces: OrderedDict[str, Pace] = OrderedDict()
        self._lock = Lock()

    def wait(self, lease: Lease) -> None:
        """Wait for a place in the leased job's stream.

        Raises:
            PacedError: the wait would be too long.
        """
        rate = lease.options.max_per_second
        if rate is not None:
            self._of(lease.work.job_id, rate).wait()

    def _of(self, job_id: str, rate: float) -> Pace:
        with self._lock:
            pace = self._paces.get(job_id)
            if pace is None:
                name = f"job:{job_id}"
                pace = Pace(self._redis, name, _SHARE * rate, longest_wait=self._longest_wait, burst=0.0)
                self._paces[job_id] = pace
            self._paces.move_to_end(job_id)
            while len(self._paces) > _KEPT:
                self._paces.popitem(last=False)
            return pace
