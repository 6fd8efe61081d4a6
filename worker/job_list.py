"""The jobs there are, newest first, page by page. What one page costs does not grow with their number."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from redis import Redis

from worker.job import Job
from worker.keys import JOBS, job_key
from worker.records import read_job

_LOOKED_AT = 1000
_BATCH = 100


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Behind which job a page begins: its time of creation in milliseconds, and its id."""

    created_ms: int
    job_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """Which jobs are wanted; None is any. ``comment``: a part of it, in any case."""

    status: str | None = None
    thing_name: str | None = None
    email: str | None = None
    comment: str | None = None

    def take(self, job: Job) -> bool:
        return (
            self.status in (None, job.status)
            and self.thing_name in (None, job.thing_name)
            and self.email in (None, job.requested_by.email)
            and (self.comment or "").casefold() in (job.comment or "").casefold()
        )


class JobList:
    """Raises ``redis.RedisError`` where the server cannot be reached."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def page(self, filters: Filters, *, limit: int, after: Place | None = None) -> tuple[list[Job], Place | None]:
        """At most *limit* jobs, without their shadows and errors, and where the next page begins; None is the end.

        A page looks at a thousand jobs at most: with filters it can be short, or empty, and not be the last.
        """
        found: list[Job] = []
        place = after
        for looked_at, (place, job) in enumerate(self._from(after), start=1):
            if job and filters.take(job):
                found.append(job)
            if len(found) == limit or looked_at == _LOOKED_AT:
                return found, place
        return found, None

    def _from(self, after: Place | None) -> Iterator[tuple[Place, Job | None]]:
        place = after
        while True:
            places = self._places(place)
            if not places:
                return
            with self._redis.pipeline(transaction=False) as pipeline:
                for each in places:
                    pipeline.hgetall(job_key(each.job_id))
                jobs: list[dict[str, str]] = pipeline.execute()
            # An expired job leaves its place in the list for a while.
            yield from zip(places, (_read(job) if job else None for job in jobs), strict=True)
            place = places[-1]

    def _places(self, after: Place | None) -> list[Place]:
        first: Any = after.created_ms if after else "+inf"
        # Jobs of the same millisecond stand in the order of their ids, and those up to *after* were told.
        found: Any = self._redis.zrevrangebyscore(JOBS, first, "-inf", start=0, num=_BATCH, withscores=True)
        places = [Place(int(score), job_id) for job_id, score in found]
        return [one for one in places if after is None or one < after]


def _read(job: dict[str, str]) -> Job:
    return read_job([part for pair in job.items() for part in pair], [], [], "", time.time_ns() // 1_000_000)
