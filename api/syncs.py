"""What the API does with jobs: starting one and looking at one, with or without waiting for its end."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from typing import Literal

import structlog
from redis import RedisError

from api.waiters import Waiters
from worker.job import Job, JobStatus, ShadowStatus, ThingStatus, Work
from worker.job_ends import UnknownJobError
from worker.job_request import Lane, NewJob, SelectionKind
from worker.jobs import JobStore, new_job_id
from worker.wake_ups import WakeUps

Steering = Literal["cancel", "pause", "resume", "confirm"]
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
        job: NewJob,
        *,
        job_id: str | None = None,
        idempotency: tuple[str, str] | None,
        wait: int | None,
    ) -> Seen:
        """Write the job, wake a worker, and look at the job: for *wait* seconds, or until it has ended.

        ``job_id``: under which names were staged; ``idempotency`` is as the job store takes it.

        Raises:
            worker.jobs.IdempotencyConflictError: the key came before, with another request.
        """
        with self._waiters.place(wait) as waits:
            job_id = job_id or new_job_id()
            with self._watch(job_id, waits) as end:
                first_id, created = self._jobs.create(job, job_id=job_id, idempotency=idempotency)
                if created:
                    self._begin(job, job_id)
                    return Seen(job=self._see_new(_as_written(job_id, job), end, wait), waited=waits)
            with self._watch(first_id, waits) as end:
                return Seen(job=self._see(first_id, end, wait), waited=waits, replayed=True)

    def look(self, job_id: str, *, wait: int | None) -> Seen:
        """Look at a job, for at most *wait* seconds until it has ended."""
        # What is not an id must not be made part of a key in the store.
        if not _JOB_ID.fullmatch(job_id):
            return Seen(job=None, waited=False)
        with self._waiters.place(wait) as waits, self._watch(job_id, waits) as end:
            return Seen(job=self._see(job_id, end, wait), waited=waits)

    def steer(self, how: Steering, job_id: str, *, wait: int | None) -> Seen:
        """Have a job cancelled, paused, resumed or confirmed, and look at it.

        Raises:
            UnknownJobError: there is no such job.
            ForbiddenByStateError: its state does not allow it.
        """
        if not _JOB_ID.fullmatch(job_id):
            raise UnknownJobError
        getattr(self._jobs, how)(job_id)
        if how in ("resume", "confirm"):
            for lane in Lane:
                self._wake(lane)
        return self.look(job_id, wait=wait)

    def _begin(self, job: NewJob, job_id: str) -> None:
        """What is not woken now is due soon."""
        if job.selection.kind is SelectionKind.THING:
            self._wake_ups.send([Work(job_id, job.selection.value)], job.lane)
        elif job.selection.is_to_be_found:
            self._wake_ups.send([Work(job_id)], job.lane)
        else:
            self._wake(job.lane)

    def _wake(self, lane: Lane) -> None:
        try:
            self._wake_ups.send(self._jobs.wake(lane), lane)
        except RedisError as error:
            _log.warning("not woken, the reconciler will", error=type(error).__name__)

    def _see(self, job_id: str, end: Event | None, wait: int | None, *, is_new: bool = False) -> Job | None:
        if end is None:
            return self._jobs.read(job_id)
        return self._waiters.wait(end, lambda: self._jobs.read(job_id), wait or 0, is_new=is_new)

    def _see_new(self, as_written: Job, end: Event | None, wait: int | None) -> Job | None:
        try:
            return self._see(as_written.job_id, end, wait, is_new=True)
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


def _as_written(job_id: str, job: NewJob) -> Job:
    selection = job.selection
    is_one = selection.kind is SelectionKind.THING
    return Job(
        job_id=job_id,
        lane=job.lane,
        status=JobStatus.RESOLVING if selection.is_to_be_found else JobStatus.QUEUED,
        selection=selection,
        thing_name=selection.value if is_one else None,
        shadows=(),
        errors=(),
        error_classes=(),
        empty=False,
        things={"total": int(is_one), **dict.fromkeys(ThingStatus, 0), ThingStatus.PENDING: int(is_one)},
        shadow_counts=dict.fromkeys(["total", *ShadowStatus, "landed"], 0),
        options=job.options,
        requested_by=job.requester,
        comment=job.comment or None,
        duplicates=job.duplicates,
        invalid=job.invalid,
        pace=None,
        retry_of=selection.value if selection.kind is SelectionKind.RETRY else None,
        retried_by=None,
        created_at=datetime.now(UTC),
        started_at=None,
        finished_at=None,
        results_until=None,
    )
