"""Every way in which a request can be refused, and the one table that turns an exception into an answer.

ApiError             status, message, and what else its answer carries
  BadRequest         400  a field of the request is to blame
  Unauthorized       401  never says which credential was wrong
  Forbidden          403
  NotFound           404
  Conflict           409  the job's state forbids it
  Gone               410  the job is known, but its results are no longer
  UnsupportedMediaType  415
  Unprocessable      422
  TooManyRequests    429  with Retry-After
  BadGateway         502  what is behind us does not work with our settings
  Unavailable        503  with Retry-After; nothing was half-done
"""

import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NoReturn

import structlog
from flask import Flask, g, jsonify
from flask.typing import ResponseReturnValue
from gunicorn.http.errors import ParseException
from pydantic import ValidationError
from redis import RedisError
from werkzeug.exceptions import HTTPException

from worker.job_ends import BacklogFullError, ForbiddenByStateError, IdempotencyConflictError, UnknownJobError
from worker.results import ResultsExpiredError
from worker.spacetimedb_errors import (
    SpacetimeDbRejectedError,
    SpacetimeDbSettingsError,
    SpacetimeDbUnavailableError,
)

RETRY_AFTER_SECONDS = 2
# Some hundred jobs have ended by then.
_BACKLOG_RETRY_SECONDS = 5
_TOLD = 100
_log = structlog.get_logger(__name__)
_MESSAGES = {
    HTTPStatus.NOT_FOUND: "There is nothing at this path.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This path does not take this method; the Allow header names those it takes.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request's body is too large.",
}
# Why a job's state forbids what was asked; of a job that has ended nothing can be.
_WHY_NOT = {
    "awaiting_confirmation": "The job waits for its confirmation: confirm or cancel it.",
    **dict.fromkeys(("resolving", "queued", "running", "paused"), "The job does not wait for a confirmation."),
}


class ApiError(Exception):
    """An answer that is not a success. ``details`` are pairs of field and message."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(
        self, message: str, *, details: Sequence[tuple[str, str]] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.headers = headers or {}


class BadRequest(ApiError):  # noqa: N818 - HTTP's own names
    status = HTTPStatus.BAD_REQUEST

    def __init__(self, *details: tuple[str, str], summary: str = "") -> None:
        message = summary or "; ".join(f"{field}: {message}" for field, message in details)
        super().__init__(message, details=details)


class Unauthorized(ApiError):  # noqa: N818
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self, message: str = "A valid bearer token and a valid API key are required.") -> None:
        super().__init__(message, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(ApiError):  # noqa: N818
    status = HTTPStatus.FORBIDDEN


class NotFound(ApiError):  # noqa: N818
    status = HTTPStatus.NOT_FOUND


class Conflict(ApiError):  # noqa: N818
    status = HTTPStatus.CONFLICT


class Gone(ApiError):  # noqa: N818
    status = HTTPStatus.GONE


class UnsupportedMediaType(ApiError):  # noqa: N818
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class Unprocessable(ApiError):  # noqa: N818
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooManyRequests(ApiError):  # noqa: N818
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after_seconds)})


class BadGateway(ApiError):  # noqa: N818
    status = HTTPStatus.BAD_GATEWAY


class Unavailable(ApiError):  # noqa: N818
    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, message: str, retry_after_seconds: int = RETRY_AFTER_SECONDS) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after_seconds)})


def error_body(
    status: HTTPStatus, message: str, request_id: str, details: Sequence[tuple[str, str]] = ()
) -> dict[str, object]:
    """The published shape of every error."""
    body: dict[str, object] = {
        "success": False,
        "error": status.phrase,
        "message": message,
        "code": status.value,
        "requestId": request_id,
    }
    if details:
        body["details"] = [{"field": field, "message": text} for field, text in details]
    return body


def refuse_invalid(invalid: ValidationError) -> NoReturn:
    """What flask-openapi3 calls when a model does not take the request."""
    found = invalid.errors(include_input=False, include_url=False, include_context=False)
    raise BadRequest(*((".".join(map(str, error["loc"])) or "body", error["msg"]) for error in found[:_TOLD]))


def refused(error: ApiError) -> ResponseReturnValue:
    """The answer that says so."""
    body = error_body(error.status, error.message, g.request_id, error.details)
    return jsonify(body), error.status.value, dict(error.headers)


def _register_the_stores(app: Flask) -> None:
    @app.errorhandler(IdempotencyConflictError)
    def key_reused(_error: IdempotencyConflictError) -> ResponseReturnValue:
        message = "This Idempotency-Key came before, with another request."
        return refused(Unprocessable(message, details=[("Idempotency-Key", "was used for another request")]))

    @app.errorhandler(BacklogFullError)
    def backlog_full(_error: BacklogFullError) -> ResponseReturnValue:
        message = "Too many jobs have not ended yet; nothing was done. Try again."
        return refused(Unavailable(message, _BACKLOG_RETRY_SECONDS))

    @app.errorhandler(ResultsExpiredError)
    def results_expired(_error: ResultsExpiredError) -> ResponseReturnValue:
        return refused(Gone("The results of this job have expired; its counts are still there."))

    @app.errorhandler(UnknownJobError)
    def unknown_job(_error: UnknownJobError) -> ResponseReturnValue:
        return refused(NotFound("There is no such job, or it has expired."))

    @app.errorhandler(ForbiddenByStateError)
    def forbidden_by_state(error: ForbiddenByStateError) -> ResponseReturnValue:
        return refused(Conflict(_WHY_NOT.get(error.status, f"The job has ended: it is {error.status}.")))

    @app.errorhandler(RedisError)
    def store_away(error: RedisError) -> ResponseReturnValue:
        _log.warning("job store cannot be reached", error=type(error).__name__)
        return refused(Unavailable("The job store cannot be reached; nothing was done. Try again."))


def register(app: Flask) -> None:
    """Answer every exception in the published shape."""

    app.errorhandler(ApiError)(refused)

    _register_the_stores(app)

    @app.errorhandler(SpacetimeDbUnavailableError)
    def table_away(error: SpacetimeDbUnavailableError) -> ResponseReturnValue:
        _log.warning("event not landed", reason=str(error))
        pause = max(math.ceil(error.retry_after), RETRY_AFTER_SECONDS)
        return refused(Unavailable("SpacetimeDB cannot take the event now. Try again.", pause))

    @app.errorhandler(SpacetimeDbSettingsError)
    def table_refuses_us(error: SpacetimeDbSettingsError) -> ResponseReturnValue:
        _log.error("event not landed", reason=str(error))
        return refused(BadGateway("SpacetimeDB does not work with the settings here; the log says which. Try again."))

    @app.errorhandler(SpacetimeDbRejectedError)
    def table_refuses_event(error: SpacetimeDbRejectedError) -> ResponseReturnValue:
        _log.error("event refused", reason=str(error))
        return refused(BadRequest(("detail", "SpacetimeDB refuses it")))

    @app.errorhandler(ParseException)
    def malformed_body(_error: ParseException) -> ResponseReturnValue:
        return refused(BadRequest(("body", "is not well-formed: its chunks cannot be read")))

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        status = HTTPStatus(error.code or 500)
        message = _MESSAGES.get(status, error.description or status.description)
        headers = {name: value for name, value in error.get_headers() if name not in ("Content-Type", "Content-Length")}
        return jsonify(error_body(status, message, g.request_id)), status.value, headers

    @app.errorhandler(Exception)
    def bug(_error: Exception) -> ResponseReturnValue:
        _log.exception("unexpected error")
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        message = "Something went wrong here. The log knows more under this requestId."
        return jsonify(error_body(status, message, g.request_id)), status.value
