"""How the command ends: one exception for each exit code, each with a message that says what to do.

===========  ==========================================================================================
exit code    meaning
===========  ==========================================================================================
0            every shadow was delivered, or skipped because the rule itself would not have fired
1            something was not delivered, the Thing or the job is not known, or the job has not ended yet
2            wrong usage, or a request that the service calls bad
3            not authorised
4            the service cannot be reached, or what answered is not the service
128 + n      ended by signal n
===========  ==========================================================================================
"""

from typing import ClassVar

from click import ClickException, UsageError

DELIVERED, NOT_DELIVERED, INTERRUPTED = 0, 1, 130


class FailureError(ClickException):
    """A failure that click prints to stderr as ``Error: …`` before it ends with *exit_code*."""

    exit_code: ClassVar[int] = NOT_DELIVERED


class NotFoundError(FailureError):
    """The Thing has no named shadows, or the job is not known."""


class NotYetError(FailureError):
    """The job is still going on, and the time allowed for it is up."""


class MalformedError(UsageError):
    """The service calls the request itself bad (400, 413, 415, 422)."""


class NotAuthorisedError(FailureError):
    exit_code = 3


class UnreachableError(FailureError):
    """Nothing answers, what answers is not shadow-sync, or it says that it cannot serve now."""

    exit_code = 4
