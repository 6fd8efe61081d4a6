"""How the command ends: one exception for each exit code, each with a message that says what to do.

===========  ==========================================================================================
exit code    meaning
===========  ==========================================================================================
0            every shadow was delivered, and has landed where that was asked, or was skipped because the rule itself
             would not have fired; every shadow is equal to its row; the event is printed; where nobody waits, the job
             has started, or does as it was told
1            something was not delivered, or differs, the Thing or the job is not known, or the job has not ended yet or
             waits for its confirmation; its state forbids what was asked; there is no such shadow, or the rule makes no
             event of it
2            wrong usage, a variable that is missing or wrong, or a request that the service calls bad
3            not authorised, by the service or by AWS
4            the service or AWS cannot be reached, or what answered is not it
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
    """The Thing has no named shadows, or the job is not known, or its results are not kept any more."""


class NotYetError(FailureError):
    """The job is still going on, and the time allowed for it is up."""


class ConflictError(FailureError):
    """The job's state forbids what was asked."""


class MalformedError(UsageError):
    """The service calls the request itself bad (400, 413, 415, 422), or a variable is."""


class NotAuthorisedError(FailureError):
    """The service, or AWS, does not take the credentials."""

    exit_code = 3


class UnreachableError(FailureError):
    """Nothing answers, what answers is not what was asked, or it says that it cannot serve now."""

    exit_code = 4
