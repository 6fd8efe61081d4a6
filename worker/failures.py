"""What can go wrong in one attempt, in the two kinds that matter: try again, or give up.

Failure
├── RetryableError   throttling, 5xx, time-outs, connection errors, a function that raised
│   └── PacedError   not tried: our own pace has no place for the call yet, or the worker is about to end
└── PermanentError   everything that the next attempt would meet again
    └── NotFoundError
"""


class Failure(Exception):  # noqa: N818 - the root of the tree above, never raised itself
    """One failed attempt. Its text is a class and one line, fit for answers and logs: nothing of a shadow is in it.

    ``refused``: AWS does not take the credentials for this call, or there are none.
    """

    def __init__(
        self,
        text: str,
        *,
        refused: bool = False,
        lambda_status_code: int | None = None,
        lambda_request_id: str | None = None,
    ) -> None:
        super().__init__(text)
        self.refused = refused
        self.lambda_status_code = lambda_status_code
        self.lambda_request_id = lambda_request_id


class RetryableError(Failure):
    """Worth another attempt. ``throttled``: AWS asked for patience, so the attempt is not charged; ``retry_after`` in
    seconds.
    """

    def __init__(
        self,
        text: str,
        *,
        throttled: bool = False,
        retry_after: float = 0.0,
        refused: bool = False,
        lambda_status_code: int | None = None,
        lambda_request_id: str | None = None,
    ) -> None:
        super().__init__(
            text, refused=refused, lambda_status_code=lambda_status_code, lambda_request_id=lambda_request_id
        )
        self.throttled = throttled
        self.retry_after = retry_after


class PacedError(RetryableError):
    """AWS was not asked: there was no place in the stream of calls within the time that one waits for it, or the worker
    is about to end.
    """


class PermanentError(Failure):
    """The next attempt would end the same way."""


class NotFoundError(PermanentError):
    """There is no such Thing, shadow or function."""
