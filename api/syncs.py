"""What the API does with jobs: starting one and looking at one, with or without waiting for its end."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event

import structlog
from redis import RedisError

from api.waiters import Waiters
from worker.broker import WakeUps
from worker.job import Job, JobOptions, JobStatus, Requester, ShadowStatus, ThingStatus, Work
from worker.job_ends import Cancelled
from worker.jobs import JobStore, new_job_id

_JOB_ID = re.compile("[0-9a-f]{32}")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A job as it stands, None where it is unknown. ``waited``: the wait that was asked for was granted."""

    job: Job | None
    waited: bool
    replayed: bool = False


class Syncs:
    """Thread-safe. Every method raises ``redis.RedisError`` where the store cannot be reached; nothing is half-done."""

    def __init__(self, jobs: JobStore, wake_ups: WakeUps, waiters: Waiters) -> None:
        self._jobs = jobs
        self._wake_ups = wake_ups
        self._waiters = waiters

    def start(
        self,
        thing_name: str,
        requester: Requester,
        options: JobOptions,
        *,
        idempotency: tuple[str, str] | None,
        wait: int | None,
    ) -> Seen:
        """Write the job of one Thing, wake a worker, and look at the job: for *wait* seconds, or until it has ended.

        ``idempotency`` is as the job store takes it.

        Raises:
            worker.jobs.IdempotencyConflictError: the key came before, with another request.
        """
        with self._waiters.place(wait) as waits:
            job_id = new_job_id()
            with self._watch(job_id, waits) as end:
                first_id, created = self._jobs.create(
                    thing_name, requester, options, job_id=job_id, idempotency=idempotency
                )
                if created:
                    self._wake_ups.send([Work(job_id, thing_name)])
                    as_written = _as_written(job_id, thing_name, requester, options)
                    return Seen(job=self._see_new(as_written, end, wait), waited=waits)
            with self._watch(first_id, waits) as end:
                return Seen(job=self._see(first_id, end, wait), waited=waits, replayed=True)

    def look(self, job_id: str, *, wait: int | None) -> Seen:
        """Look at a job, for at most *wait* seconds until it has ended."""
        # What is not an id must not be made part of a key in the store.
        if not _JOB_ID.fullmatch(job_id):
            return Seen(job=None, waited=False)
        with self._waiters.place(wait) as waits, self._watch(job_id, waits) as end:
            return Seen(job=self._see(job_id, end, wait), waited=waits)

    def cancel(self, job_id: str) -> Cancelled:
        """Have the job end as soon as what is under way has ended."""
        return self._jobs.cancel(job_id) if _JOB_ID.fullmatch(job_id) else Cancelled.UNKNOWN

    def _see(self, job_id: str, end: Event | None, wait: int | None) -> Job | None:
        if end is None:
            return self._jobs.read(job_id)
        return self._waiters.wait(end, lambda: self._jobs.read(job_id), wait or 0)

    def _see_new(self, as_written: Job, end: Event | None, wait: int | None) -> Job | None:
        try:
            return self._see(as_written.job_id, end, wait)
        except RedisError as error:
            # The job is written and will be done, so "nothing was done" would be a lie.
            _log.warning("job written, but not read back", error=type(error).__name__)
            return as_written

    @contextmanager
    def _watch(self, job_id: str, waits: bool) -> Iterator[Event | None]:
        if not waits:
            yield None
            return
        with self._waiters.watch(job_id) as end:
            yield end


def _as_written(job_id: str, thing_name: str, requester: Requester, options: JobOptions) -> Job:
    return Job(
        job_id=job_id,
        status=JobStatus.QUEUED,
        thing_name=thing_name,
        shadows=(),
        errors=(),
        empty=False,
        things={"total": 1, **dict.fromkeys(ThingStatus, 0), ThingStatus.PENDING: 1},
        shadow_counts=dict.fromkeys(["total", *ShadowStatus, "landed"], 0),
        options=options,
        requested_by=requester,
        created_at=datetime.now(UTC),
        started_at=None,
        finished_at=None,
    )
