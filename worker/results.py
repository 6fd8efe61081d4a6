"""The results of a job, Thing by Thing in the order in which they ended. What a page costs does not grow with the job.

A Thing is told once it has ended, with all of its shadows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from redis import Redis

from worker.failures import PermanentError
from worker.job import Shadow, ShadowStatus
from worker.keys import job_key
from worker.records import OTHER, PackedThing, error_class

_LOOKED_AT = 5000
_BATCH = 200


class ResultsExpiredError(PermanentError):
    """The results have expired while they were being read: what was read so far is not all."""

    def __init__(self) -> None:
        super().__init__("ResultsExpiredError: the results of that job have expired")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one shadow; or, without one, what went wrong with the Thing itself."""

    thing_name: str
    shadow: Shadow | None
    error: str | None

    @property
    def status(self) -> ShadowStatus:
        return self.shadow.outcome.status if self.shadow else ShadowStatus.FAILED

    @property
    def failed(self) -> bool:
        """It failed, or did not land."""
        return self.status is ShadowStatus.FAILED or (self.shadow is not None and self.shadow.landing.landed is False)


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultFilters:
    """Which results are wanted; None is any. ``failed``: those that failed, or did not land. ``classes``: what
    the job counts by name, where ``error_class`` is Other, as which it counts all other errors.
    """

    status: str | None = None
    thing_name: str | None = None
    error_class: str | None = None
    failed: bool = False
    classes: frozenset[str] = frozenset()

    def take(self, result: Result) -> bool:
        return (
            self.status in (None, result.status)
            and self.thing_name in (None, result.thing_name)
            and (self.error_class is None or self._is_of_the_class(result.error))
            and (result.failed or not self.failed)
        )

    def _is_of_the_class(self, error: str | None) -> bool:
        found = error and error_class(error)
        if self.error_class == OTHER:
            return bool(found) and (found == OTHER or found not in self.classes)
        return found == self.error_class


ALL_RESULTS = ResultFilters()


@dataclass(frozen=True, slots=True)
class ResultPlace:
    """Where a page begins: so many Things in, and so many results of that Thing."""

    thing: int = 0
    row: int = 0


class Results:
    """Raises ``redis.RedisError`` where the server cannot be reached."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def exist(self, job_id: str) -> bool:
        return bool(self._redis.exists(_key(job_id)))

    def page(
        self, job_id: str, filters: ResultFilters = ALL_RESULTS, *, limit: int, after: ResultPlace = ResultPlace()
    ) -> tuple[list[Result], ResultPlace | None]:
        """At most *limit* results, and where the next page begins; None is the end.

        A page looks at 5,000 Things at most: with filters it can be short, or empty, and not be the last.
        """
        found: list[Result] = []
        for number, thing in enumerate(self._things(job_id, after.thing), start=after.thing):
            if number - after.thing == _LOOKED_AT:
                return found, ResultPlace(number)
            skipped = after.row if number == after.thing else 0
            for row, result in list(enumerate(results_of(thing)))[skipped:]:
                if len(found) == limit:
                    return found, ResultPlace(number, row)
                if filters.take(result):
                    found.append(result)
        return found, None

    def stream(self, job_id: str, filters: ResultFilters = ALL_RESULTS) -> Iterator[Result]:
        """All results there are, in few round trips.

        Raises:
            ResultsExpiredError: they have expired meanwhile.
        """
        for thing in self._things(job_id, 0):
            yield from filter(filters.take, results_of(thing))

    def to_retry(self, job_id: str, start: int, things: int) -> tuple[list[str], int | None]:
        """What failed, or did not land, of *things* Things from the one numbered *start* on: entries as the job store
        takes them, and the number with which to go on; None is the end.

        Raises:
            ResultsExpiredError: nobody knows any more what failed.
        """
        packed: list[str] = self._redis.lrange(_key(job_id), start, start + things - 1)  # type: ignore[assignment]
        if not packed and not self.exist(job_id):
            raise ResultsExpiredError
        entries = [entry for entry in map(_entry_to_retry, map(PackedThing, packed)) if entry]
        return entries, start + things if len(packed) == things else None

    def _things(self, job_id: str, start: int) -> Iterator[PackedThing]:
        first = start
        while True:
            packed: list[str] = self._redis.lrange(_key(job_id), start, start + _BATCH - 1)  # type: ignore[assignment]
            if start > first and not packed and not self.exist(job_id):
                raise ResultsExpiredError
            yield from map(PackedThing, packed)
            if len(packed) < _BATCH:
                return
            start += _BATCH


def results_of(thing: PackedThing) -> list[Result]:
    """Its own failure, if any, and its shadows."""
    own = [Result(thing.name, None, thing.error)] if thing.error else []
    return own + [Result(thing.name, shadow, shadow.outcome.error) for shadow in thing.shadows]


def _entry_to_retry(thing: PackedThing) -> str:
    if thing.error:
        # What it has not told of itself is not known: all of it.
        return thing.name
    failed = [result.shadow.name for result in results_of(thing) if result.failed and result.shadow]
    return "/".join([thing.name, *failed]) if failed else ""


def _key(job_id: str) -> str:
    return f"{job_key(job_id)}:results"
