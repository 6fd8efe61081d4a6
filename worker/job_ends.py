"""What can come of a request to the job store, besides a job."""

from enum import IntEnum, StrEnum


class IdempotencyConflictError(Exception):
    """The idempotency key was used before, with another request."""


class Ended(IntEnum):
    """What came of ending a shadow or a listing."""

    NOT_OURS = 0  # it had ended before, or the lease was lost
    ENDED = 1
    LANDING = 2  # it ended, and the Thing's shadows have now to land


class Cancelled(StrEnum):
    """What came of cancelling a job."""

    CANCELLED = "cancelled"  # now, or before
    ENDED = "ended"  # too late: it had ended otherwise
    UNKNOWN = "unknown"
