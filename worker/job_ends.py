"""What can come of a request to the job store, besides a job."""

from enum import IntEnum


class IdempotencyConflictError(Exception):
    """The idempotency key was used before, with another request."""


class BacklogFullError(Exception):
    """So much has begun and not ended that nothing more is taken now."""


class ForbiddenByStateError(Exception):
    """The job's state does not allow what was asked. ``status``: the state."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class UnknownJobError(Exception):
    """There is no such job, or it has expired."""


class Ended(IntEnum):
    """What came of ending a shadow or a listing."""

    NOT_OURS = 0  # it had ended before, or the lease was lost
    ENDED = 1
    LANDING = 2  # it ended, and the Thing's shadows have now to land
    THING_ENDED = 3  # it ended, and the Thing with it
