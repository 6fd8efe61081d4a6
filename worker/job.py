"""What a job is: the states, the work it consists of, and the job as it is read back. Plain data, no Redis."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from worker.job_request import NO_OPTIONS, JobOptions, Lane, Requester, Selection


class JobStatus(StrEnum):
    RESOLVING = "resolving"  # a worker finds out which Things it is about
    AWAITING_CONFIRMATION = "awaiting_confirmation"  # it has so many Things that somebody has to say yes
    QUEUED = "queued"  # accepted, no worker has begun
    RUNNING = "running"  # at least one attempt was made
    PAUSED = "paused"  # by request: what is under way ends, nothing is begun
    SUCCEEDED = "succeeded"  # every shadow was delivered or skipped
    PARTIAL = "partial"  # some were, some were not
    FAILED = "failed"  # none was
    CANCELLED = "cancelled"  # ended by request
    ABORTED = "aborted"  # more had failed than was to be tolerated

    @property
    def ended(self) -> bool:
        return self in _ENDED

    @property
    def is_news(self) -> bool:
        """Whether who waits for the end should hear of it: the end, or that it does not come by itself."""
        return self.ended or self is JobStatus.AWAITING_CONFIRMATION


_ENDED = frozenset({JobStatus.SUCCEEDED, JobStatus.PARTIAL, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.ABORTED})


class ShadowStatus(StrEnum):
    PENDING = "pending"  # nobody holds it; it may be waiting for its not-before time
    RUNNING = "running"  # leased to a worker
    DELIVERED = "delivered"  # the Lambda took the event
    SKIPPED = "skipped"  # the rule's WHERE is false: the real rule would not have fired
    FAILED = "failed"  # given up, with an error
    CANCELLED = "cancelled"  # the job was cancelled first


class ThingStatus(StrEnum):
    PENDING = "pending"  # its shadows are not listed yet
    RUNNING = "running"  # being listed, or its shadows are being delivered
    SUCCEEDED = "succeeded"  # listed, and every shadow delivered or skipped
    FAILED = "failed"  # not listed, without named shadows, or with a failed shadow
    CANCELLED = "cancelled"  # the job was cancelled first


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work: delivering one shadow; listing a Thing's shadows (no shadow name); or finding out which Things
    the job is about (no Thing's name).
    """

    job_id: str
    thing_name: str = ""
    shadow_name: str | None = None

    @property
    def of_the_thing(self) -> "Work":
        """The work that this one is a part of."""
        return Work(self.job_id, self.thing_name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """The right to one attempt at a piece of work.

    ``attempts`` counts this one too; ``charged`` leaves out those that were throttled; ``age`` is in seconds since the
    first attempt; ``options`` are the job's. ``landing``: of a Thing whose shadows have all ended, and have to land;
    ``row_version``: of the shadow's row before the job, None where there is none or nobody asked; ``only``: of a Thing,
    the only shadows that are wanted, empty for all.
    """

    work: Work
    token: str
    attempts: int
    charged: int
    age: float
    options: JobOptions = NO_OPTIONS
    landing: bool = False
    row_version: int | None = None
    only: tuple[str, ...] = ()
    lane: Lane = Lane.INTERACTIVE


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of one attempt at a shadow. Holds nothing of the shadow's content."""

    status: ShadowStatus
    version: int | None = None
    lambda_status_code: int | None = None
    lambda_request_id: str | None = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Landing:
    """Whether a delivered shadow's row is there: None while that is not known. ``version``: the row's; ``ms``:
    milliseconds from the delivery until the row was seen.
    """

    landed: bool | None = None
    version: int | None = None
    ms: int | None = None


class Drift(StrEnum):
    EQUAL = "equal"  # the row has the shadow's version
    STALE = "stale"  # the row has an older one
    MISSING = "missing"  # there is no row
    ORPHANED = "orphaned"  # there is a row, and no shadow
    AHEAD = "ahead"  # the row has a newer one: the shadow was deleted and made again, or written since it was read


@dataclass(frozen=True, kw_only=True, slots=True)
class Shadow:
    """One named shadow of a job, as it stands. ``row_version``: as in :class:`Lease`."""

    name: str
    attempts: int
    outcome: Outcome
    landing: Landing = Landing()
    row_version: int | None = None

    @property
    def drift(self) -> Drift | None:
        """How the shadow and its row differ. None where the shadow was not read."""
        version, row = self.outcome.version, self.row_version
        if version is None:
            return Drift.ORPHANED if self.outcome.status is ShadowStatus.SKIPPED and row is not None else None
        if row is None:
            return Drift.MISSING
        return Drift.EQUAL if row == version else Drift.STALE if row < version else Drift.AHEAD


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorClass:
    """How often something went wrong, and where it first did. Without a shadow's name it was the Thing, without a
    Thing's the job.
    """

    name: str
    count: int
    thing_name: str
    shadow_name: str
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """Shadows per second: ``now`` over about the last ten seconds, ``overall`` since the start, pauses left out.
    ``estimated_end``: None where nothing can be said.
    """

    now: float
    overall: float
    estimated_end: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A snapshot of a job. Times are UTC; ``things`` and ``shadow_counts`` count by status, with a ``total``;
    ``empty``: the Thing has no named shadows. ``thing_name`` and ``shadows`` are those of a job of one Thing.
    """

    job_id: str
    status: JobStatus
    selection: Selection
    thing_name: str | None
    shadows: tuple[Shadow, ...]
    errors: tuple[str, ...]
    error_classes: tuple[ErrorClass, ...]
    empty: bool
    things: dict[str, int]
    shadow_counts: dict[str, int]
    options: JobOptions
    requested_by: Requester
    comment: str | None
    duplicates: int
    invalid: int
    pace: Pace | None
    retry_of: str | None
    retried_by: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    results_until: datetime | None
    lane: Lane = Lane.INTERACTIVE
    may_be_empty: bool = False

    @property
    def success(self) -> bool | None:
        """None until the job ends."""
        return self.status is JobStatus.SUCCEEDED if self.status.ended else None
