"""The job store: the only place where a job's state is kept and moved. Its keys never leave this module.

Every move is one atomic Lua script (``lua/``), timed by the server's clock. What is not ended stands in the due set,
scored with the time at which somebody should look again, so a lost message, a dead worker and a back-off are all the
same thing: overdue work.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from secrets import token_hex

from redis import Redis
from redis.commands.core import Script
from redis.exceptions import TimeoutError as RedisTimeoutError

from worker.job import NO_OPTIONS, Job, JobOptions, Lease, Outcome, Requester, Work
from worker.job_ends import Cancelled, Ended, IdempotencyConflictError
from worker.keys import DUE, ENDED_CHANNEL, JOBS, KEY_PREFIX, job_key, keys_of, member_of, work_of
from worker.records import THING_FIELD, awaited, read_job, read_options, write, write_options, write_versions
from worker.settings import Settings

IDEMPOTENCY_KEPT_SECONDS = 86_400
_LUA = Path(__file__).parent / "lua"


class JobStore:
    """Jobs in Redis or Valkey. Thread-safe. Every method raises ``redis.RedisError`` where the server cannot be reached
    in time.
    """

    def __init__(self, redis: "Redis", settings: Settings) -> None:
        self._redis = redis
        self._grace_ms = round(settings.grace_seconds * 1000)
        self._lease_ms = round(settings.lease_seconds * 1000)
        self._timeout_ms = round(settings.redis_timeout_seconds * 1000)
        self._retention_ms = settings.retention_seconds * 1000
        self._create = self._script("create")
        self._lease = self._script("lease")
        self._retry = self._script("retry")
        self._add_shadows = self._script("add_shadows")
        self._end_listing = self._script("end_listing")
        self._finish_shadow = self._script("finish_shadow")
        self._land = self._script("land")
        self._cancel = self._script("cancel")
        self._take_overdue = self._script("take_overdue")
        self._read = self._script("read")

    def create(
        self,
        thing_name: str,
        requester: Requester,
        options: JobOptions = NO_OPTIONS,
        *,
        job_id: str | None = None,
        idempotency: tuple[str, str] | None = None,
    ) -> tuple[str, bool]:
        """Write a job of one Thing. Returns its id, and whether it is new.

        ``idempotency`` is the requester's key and a fingerprint of the request; the key is kept for 24 hours, and its
        job at least as long.

        Raises:
            IdempotencyConflictError: the key came before with another fingerprint.
        """
        work = Work(job_id or new_job_id(), thing_name)
        key, fingerprint = idempotency or ("", "")
        # By the server's clock: should it freeze now, it is to find the job too late when it goes on.
        seconds, microseconds = self._redis.time()
        not_after = seconds * 1000 + microseconds // 1000 + self._timeout_ms
        outcome, first_id = self._create(
            keys=[*keys_of(work), f"{KEY_PREFIX}idempotency:{key}", JOBS],
            args=[
                work.job_id, thing_name, member_of(work), requester.email, requester.api_key,
                fingerprint, self._grace_ms, IDEMPOTENCY_KEPT_SECONDS * 1000, not_after,
                write_options(options), self._retention_ms,
            ],
        )  # fmt: skip
        if outcome == "conflict":
            raise IdempotencyConflictError
        if outcome == "late":
            raise RedisTimeoutError("the server was too slow to accept the job")
        return first_id, outcome == "created"

    def read(self, job_id: str) -> Job | None:
        """The job as it stands, or None where it is unknown or has expired."""
        job, records = self._read(keys=[job_key(job_id)], args=[f"{job_key(job_id)}:thing:"])
        return read_job(job, records) if job else None

    def lease(self, work: Work) -> Lease | None:
        """Take a piece of work for one attempt. None where it has ended, or where another worker or its not-before time
        holds it.
        """
        token = token_hex(8)
        state, *rest = self._lease(
            keys=keys_of(work),
            args=[
                member_of(work), work.shadow_name or THING_FIELD, token, self._lease_ms,
                member_of(work.of_the_thing), self._retention_ms, ENDED_CHANNEL,
            ],
        )  # fmt: skip
        if state != "leased":
            return None
        attempts, charged, age_ms, options, landing, row_version = rest
        return Lease(
            work=work,
            token=token,
            attempts=attempts,
            charged=charged,
            age=age_ms / 1000,
            options=read_options(options),
            landing=bool(landing),
            row_version=int(row_version) if row_version else None,
        )

    def add_shadows(
        self, lease: Lease, names: Sequence[str], rows: Mapping[str, int] | None = None
    ) -> list[Work] | None:
        """Add a page of the leased Thing's shadows and renew the lease. Returns what is new of them, or None where the
        lease was lost. *rows*: the versions of the Thing's rows, where the job needs them.
        """
        work = lease.work
        fresh = self._add_shadows(
            keys=keys_of(work),
            args=[member_of(work), lease.token, self._lease_ms, self._grace_ms, write_versions(rows), *names],
        )
        return None if fresh is None else [Work(work.job_id, work.thing_name, name) for name in fresh]

    def end_listing(
        self, lease: Lease, *, error: str = "", error_if_empty: str = "", orphans: Mapping[str, int] | None = None
    ) -> Ended:
        """All pages are added, or the listing is given up with an error. *orphans*: rows without a shadow, which become
        shadows of the job.
        """
        return Ended(
            self._end_listing(
                keys=keys_of(lease.work),
                args=[
                    member_of(lease.work), lease.token, error, error_if_empty, write_versions(orphans),
                    self._retention_ms, ENDED_CHANNEL,
                ],
            )
        )  # fmt: skip

    def finish(self, lease: Lease, outcome: Outcome) -> Ended:
        """End the leased shadow. NOT_OURS where it had ended before, or where it failed here but is held by another
        worker now.
        """
        work = lease.work
        return Ended(
            self._finish_shadow(
                keys=keys_of(work),
                args=[
                    member_of(work), work.shadow_name or "", lease.token, outcome.status,
                    write(outcome.version), write(outcome.lambda_status_code), write(outcome.lambda_request_id),
                    write(outcome.error), self._retention_ms, ENDED_CHANNEL, int(lease.options.verify),
                    member_of(work.of_the_thing),
                ],
            )
        )  # fmt: skip

    def retry(self, lease: Lease, *, delay: float, charge: bool, outcome: Outcome) -> bool:
        """Give the work back, not to be leased for *delay* seconds. Without *charge* the attempt does not count. False
        where the lease was lost.
        """
        work = lease.work
        return bool(
            self._retry(
                keys=keys_of(work),
                args=[
                    member_of(work), work.shadow_name or THING_FIELD, lease.token, round(delay * 1000), int(charge),
                    write(outcome.error), write(outcome.lambda_status_code), write(outcome.lambda_request_id),
                    member_of(work.of_the_thing), self._retention_ms, ENDED_CHANNEL,
                ],
            )
        )  # fmt: skip

    def awaited(self, lease: Lease) -> dict[str, int]:
        """The version that was sent of every shadow of the leased Thing that has still to land."""
        _, thing_key, _ = keys_of(lease.work)
        packed: dict[str, str] = self._redis.hgetall(thing_key)  # type: ignore[assignment]
        return awaited(packed)

    def land(self, lease: Lease, landed: Mapping[str, int], *, late: str = "", unknown: str = "") -> int:
        """Record which of the leased Thing's shadows have landed, in which version. Returns how many have still to.

        *late* ends the wait: the others did not land. *unknown* ends it too: nobody can say whether they did.
        """
        work = lease.work
        left: int = self._land(
            keys=keys_of(work),
            args=[
                member_of(work), lease.token, write_versions(landed) or "{}", late or unknown, int(bool(late)),
                self._retention_ms, ENDED_CHANNEL,
            ],
        )  # fmt: skip
        return max(left, 0)

    def cancel(self, job_id: str) -> Cancelled:
        """Have the job end as soon as what is under way has ended."""
        thing_name = self._redis.hget(job_key(job_id), "thing")
        if thing_name is None:
            return Cancelled.UNKNOWN
        work = Work(job_id, str(thing_name))
        return Cancelled(self._cancel(keys=keys_of(work), args=[member_of(work), self._retention_ms, ENDED_CHANNEL]))

    def take_overdue(self, queue_key: str, limit: int) -> list[Work]:
        """What should be woken again, as far as the queue at *queue_key* has room under *limit* messages."""
        return [work_of(member) for member in self._take_overdue(keys=[DUE, queue_key], args=[limit, self._grace_ms])]

    def ping(self) -> None:
        """Raises ``redis.RedisError`` where the server does not answer in time."""
        self._redis.ping()

    def _script(self, name: str) -> Script:
        source = (_LUA / "prelude.lua").read_text() + (_LUA / f"{name}.lua").read_text()
        return self._redis.register_script(source)


def new_job_id() -> str:
    """32 hexadecimal digits."""
    return token_hex(16)
