"""The job store: the only place where a job's state is kept and moved. Its keys never leave the worker.

Every move is one atomic Lua script (``lua/``), timed by the server's clock. What is not ended stands in the due set of
its lane, scored with the time at which somebody should look again, so a lost message, a dead worker and a back-off are
all the same thing: overdue work. Of a large job only a window is due at a time; the rest waits to be fed.
"""

import json
import random
from collections.abc import Mapping, Sequence
from secrets import token_hex

import structlog
from redis import Redis
from redis.exceptions import TimeoutError as RedisTimeoutError

from worker.job import Job, Lease, Outcome, Work
from worker.job_ends import BacklogFullError, Ended, ForbiddenByStateError, IdempotencyConflictError, UnknownJobError
from worker.job_request import JobOptions, Lane, NewJob, Selection, SelectionKind
from worker.keys import JOBS, KEY_PREFIX, job_key, thing_key, work_of
from worker.records import awaited, read_job, write, write_versions
from worker.scripts import Scripts
from worker.settings import Settings

IDEMPOTENCY_KEPT_SECONDS = 86_400
_STAGED_SECONDS = 3600
_log = structlog.get_logger(__name__)


class JobStore:
    """Jobs in Redis or Valkey. Thread-safe. Every method raises ``redis.RedisError`` where the server cannot be reached
    in time.
    """

    def __init__(self, redis: "Redis", settings: Settings) -> None:
        self._redis = redis
        self._timeout_ms = round(settings.redis_timeout_seconds * 1000)
        self._scripts = Scripts(redis, settings)

    def create(
        self, job: NewJob, *, job_id: str | None = None, idempotency: tuple[str, str] | None = None
    ) -> tuple[str, bool]:
        """Write a job. Returns its id, and whether it is new: of a retry there is one at a time.

        ``idempotency`` is the requester's key and a fingerprint of the request; the key is kept for 24 hours, and its
        job at least as long.

        Raises:
            IdempotencyConflictError: the key came before with another fingerprint.
            BacklogFullError: too many jobs of one Thing have not ended; this one was not written.
        """
        job_id = job_id or new_job_id()
        key, fingerprint = idempotency or ("", "")
        selection = job.selection
        # By the server's clock: should it freeze now, it is to find the job too late when it goes on.
        seconds, microseconds = self._redis.time()
        not_after = seconds * 1000 + microseconds // 1000 + self._timeout_ms
        outcome, first_id = self._scripts.run(
            "create",
            job_id,
            fingerprint,
            IDEMPOTENCY_KEPT_SECONDS * 1000,
            not_after,
            selection.value if selection.kind is SelectionKind.THING else "",
            selection.write() if selection.is_to_be_found else "",
            json.dumps(job.write()),
            selection.value if selection.kind is SelectionKind.RETRY else "",
            keys=(f"{KEY_PREFIX}idempotency:{key}", JOBS),
        )
        if outcome == "conflict":
            raise IdempotencyConflictError
        if outcome == "full":
            raise BacklogFullError
        if outcome == "late":
            raise RedisTimeoutError("the server was too slow to accept the job")
        return first_id, outcome == "created"

    def stage(self, job_id: str, names: Sequence[str]) -> int:
        """Put names aside for a job that is to be created with this id. Returns how many there are by now, each once.

        Should it not be created within the hour, they are forgotten.
        """
        staged: int = self._scripts.run("stage", job_id, _STAGED_SECONDS * 1000, *names)
        return staged

    def unstage(self, job_id: str) -> None:
        """Forget what was put aside for a job that will not be created."""
        self._redis.unlink(f"{job_key(job_id)}:waiting")

    def read(self, job_id: str) -> Job | None:
        """The job as it stands, or None where it is unknown or has expired. The cost does not grow with the job."""
        fields, errors, records, packed, now_ms = self._scripts.run("read", job_id)
        return read_job(fields, errors, records, packed, now_ms) if fields else None

    def lease(self, work: Work) -> Lease | None:
        """Take a piece of work for one attempt. None where it has ended, or is not to be done now: another worker has
        it, its not-before time has not come, or the job is paused.
        """
        # No secret, so no system call.
        token = f"{random.getrandbits(64):016x}"
        state, *rest = self._scripts.run("lease", *_ids(work), token)
        if state == "unknown":
            _log.warning("message dropped", reason="unknown job")
        if state != "leased":
            return None
        attempts, charged, age_ms, options, landing, row_version, only, lane = rest
        return Lease(
            work=work,
            token=token,
            attempts=attempts,
            charged=charged,
            age=age_ms / 1000,
            options=JobOptions.read(options),
            landing=bool(landing),
            row_version=int(row_version) if row_version else None,
            only=tuple(only.split("/")) if only else (),
            lane=Lane(lane),
        )

    def selection(self, lease: Lease) -> tuple[Selection, str] | None:
        """What the leased job is about, and where the next page of it begins ('' is the start)."""
        key = f"{job_key(lease.work.job_id)}:selection"
        found, next_page = self._redis.hmget(key, ["find", "next"])
        return (Selection.read(str(found)), str(next_page or "")) if found else None

    def add_things(self, lease: Lease, entries: Sequence[str], *, next_page: str) -> bool:
        """Add what was found, and renew the lease. An entry is a Thing's name, or ``name/shadow/shadow``: the only
        shadows wanted. False where the lease was lost, or the job is paused.
        """
        return bool(self._scripts.run("add_things", lease.work.job_id, lease.token, next_page, *entries))

    def end_selection(self, lease: Lease, *, error: str = "") -> bool:
        """All Things are added; or, with an error, the job ends."""
        return bool(self._scripts.run("end_selection", lease.work.job_id, lease.token, error))

    def add_shadows(
        self, lease: Lease, names: Sequence[str], rows: Mapping[str, int] | None = None
    ) -> list[Work] | None:
        """Add a page of the leased Thing's shadows and renew the lease. Returns what is to be woken of them, or None
        where the lease was lost. *rows*: the versions of the Thing's rows, where the job needs them.
        """
        work = lease.work
        woken = self._scripts.run(
            "add_shadows", work.job_id, work.thing_name, lease.token, write_versions(rows), *names
        )
        return None if woken is None else [Work(work.job_id, work.thing_name, name) for name in woken]

    def end_listing(
        self, lease: Lease, *, error: str = "", error_if_empty: str = "", orphans: Mapping[str, int] | None = None
    ) -> Ended:
        """All pages are added, or the listing is given up with an error. *orphans*: rows without a shadow, which become
        shadows of the job.
        """
        work = lease.work
        args = (lease.token, error, error_if_empty, write_versions(orphans))
        return Ended(self._scripts.run("end_listing", work.job_id, work.thing_name, *args))

    def finish(self, lease: Lease, outcome: Outcome) -> Ended:
        """End the leased shadow. NOT_OURS where it had ended before, or where it failed here but is held by another
        worker now.
        """
        told = (outcome.version, outcome.lambda_status_code, outcome.lambda_request_id, outcome.error)
        args = (lease.token, outcome.status, *map(write, told), int(lease.options.verify))
        return Ended(self._scripts.run("finish_shadow", *_ids(lease.work), *args))

    def retry(self, lease: Lease, *, delay: float, charge: bool, outcome: Outcome, counted: bool = True) -> bool:
        """Give the work back, not to be leased for *delay* seconds. Without *charge* the attempt is free; not
        *counted*, it was none. False where the lease was lost.
        """
        told = (outcome.error, outcome.lambda_status_code, outcome.lambda_request_id)
        args = (lease.token, round(delay * 1000), int(charge) if counted else -1, *map(write, told))
        return bool(self._scripts.run("retry", *_ids(lease.work), *args))

    def awaited(self, lease: Lease) -> dict[str, int]:
        """The version that was sent of every shadow of the leased Thing that has still to land."""
        packed: dict[str, str] = self._redis.hgetall(thing_key(lease.work))  # type: ignore[assignment]
        return awaited(packed)

    def land(self, lease: Lease, landed: Mapping[str, int], *, late: str = "", unknown: str = "") -> int:
        """Record which of the leased Thing's shadows have landed, in which version. Returns how many have still to.

        *late* ends the wait: the others did not land. *unknown* ends it too: nobody can say whether they did.
        """
        work = lease.work
        args = (lease.token, write_versions(landed) or "{}", late or unknown, int(bool(late)))
        left: int = self._scripts.run("land", work.job_id, work.thing_name, *args)
        return max(left, 0)

    def cancel(self, job_id: str) -> None:
        """Have the job end as soon as what is under way has ended.

        This and the three that follow are the same when done twice.

        Raises:
            UnknownJobError: there is no such job.
            ForbiddenByStateError: it has ended otherwise.
        """
        self._steer("cancel", job_id)

    def pause(self, job_id: str) -> None:
        """Begin nothing of the job until it is resumed. Raises as :meth:`cancel`, and where it waits for a
        confirmation.
        """
        self._steer("pause", job_id)

    def resume(self, job_id: str) -> None:
        """Go on with a paused job. Raises as :meth:`pause`."""
        self._steer("resume", job_id)

    def confirm(self, job_id: str) -> None:
        """Let a job begin that waits for it. Raises as :meth:`cancel`, and where it does not wait, and never did."""
        self._steer("confirm", job_id)

    def wake(self, lane: Lane) -> list[Work]:
        """What is to be woken: what is overdue, and Things that have not been begun, as far as queue and window have
        room.
        """
        return [work_of(member) for member in self._scripts.of_no_job("wake", lane)]

    def ping(self) -> None:
        """Raises ``redis.RedisError`` where the server does not answer in time."""
        self._redis.ping()

    def _steer(self, how: str, job_id: str) -> None:
        outcome = self._scripts.run(how, job_id)
        if outcome == "unknown":
            raise UnknownJobError
        if outcome != "done":
            raise ForbiddenByStateError(outcome)


def new_job_id() -> str:
    """32 hexadecimal digits."""
    return token_hex(16)


def _ids(work: Work) -> tuple[str, str, str]:
    return work.job_id, work.thing_name, work.shadow_name or ""
