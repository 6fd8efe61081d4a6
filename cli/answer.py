"""What the service, or whatever answers in its place, said: a job, or the failure it amounts to."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, SSLError
from urllib3.exceptions import TimeoutError as TimedOut

from cli.failures import (
    ConflictError,
    FailureError,
    MalformedError,
    NotAuthorisedError,
    NotFoundError,
    UnreachableError,
)
from cli.job import Job, NotAJobError
from cli.values import mapping, objects, one_line, text

# 502 and 504 are a proxy's. Trying again is safe after any of these: a POST carries an Idempotency-Key.
BUSY = frozenset({429, 502, 503, 504})
MALFORMED = frozenset({400, 413, 415, 422})


@dataclass(frozen=True)
class Answer:
    """A job as it stands, and the seconds the service asks to wait before the next question."""

    job: Job
    retry_after: float


class PassingError(Exception):
    """A failure that may be over in a moment: what to raise when patience ends, and the pause in seconds asked for."""

    def __init__(self, failure: FailureError, retry_after: float = 0.0) -> None:
        self.failure, self.retry_after = failure, retry_after


@dataclass(frozen=True)
class Page:
    """A part of a list; *next_cursor* asks for the part after it, and is None on the last."""

    rows: list[dict[str, Any]]
    next_cursor: str | None


def read_job(response: BaseHTTPResponse, url: str) -> Answer:
    """Understand the answer of the service at *url* as a job.

    Raises:
        PassingError: the service cannot serve now.
        FailureError, MalformedError: it refuses, or it is not the service that answers.
    """
    try:
        return Answer(Job.parse(_accepted(response, url)), _retry_after(response))
    except NotAJobError:
        raise _stranger(response, url) from None


def read_page(response: BaseHTTPResponse, url: str, rows: str) -> Page:
    """The same for a page of the list called *rows*."""
    body = mapping(_accepted(response, url))
    if not isinstance(body.get(rows), list):
        raise _stranger(response, url)
    return Page(objects(body[rows]), text(body.get("nextCursor")))


def _accepted(response: BaseHTTPResponse, url: str) -> object:
    """The JSON of an answer that is no refusal."""
    body, status = _json(response.data), response.status
    told = _told(body)
    if status in BUSY:
        why = told or HTTPStatus(status).phrase
        failure = UnreachableError(f"{url} cannot serve now ({status}: {why}). Try again later.")
        raise PassingError(failure, _retry_after(response))
    if status in (401, 403):
        advice = "Check --api-key (SHADOW_SYNC_API_KEY) and --token (SHADOW_SYNC_TOKEN); a token may have expired."
        raise NotAuthorisedError(f"{url} refused the credentials ({status}: {told or 'no reason given'}). {advice}")
    if status in (200, 202):
        return body
    raise _stranger(response, url) if told is None else _refusal(status, told, url)


def unreachable(error: HTTPError, url: str) -> PassingError:
    """No answer at all came from *url*."""
    match error:
        case NameResolutionError():
            why = "The service's host name does not resolve: check --url (SHADOW_SYNC_URL)."
        case NewConnectionError():
            why = "Nothing listens there: is the service running, and --url (SHADOW_SYNC_URL) right?"
        case SSLError():
            why = f"No TLS connection ({one_line(str(error))}): check the scheme of --url, and the certificate."
        case TimedOut():
            why = "No answer in time: is the service overloaded, or a firewall between?"
        case _:
            kind = type(error).__name__
            why = f"The connection broke ({kind}): is that an HTTP service? Check --url (SHADOW_SYNC_URL)."
    return PassingError(UnreachableError(f"{why} Asked: {url}"))


def _refusal(status: int, told: str, url: str) -> FailureError | MalformedError:
    if status in (404, 410):
        return NotFoundError(told)
    if status == 409:
        return ConflictError(told)
    if status in MALFORMED:
        message, line_break, details = told.partition("\n")
        return MalformedError(f"{message} ({status}){line_break}{details}")
    return UnreachableError(f"{url} failed ({status}: {told}). Give its operator this line.")


def _stranger(response: BaseHTTPResponse, url: str) -> FailureError:
    kind = one_line(response.headers.get("Content-Type", "no content type"))
    moved = response.headers.get("Location") if 300 <= response.status < 400 else None
    where = f" and points to {one_line(moved)}" if moved else ""
    return UnreachableError(
        f"{url} answered {response.status} ({kind}){where}, which is not shadow-sync's answer. "
        "Check --url (SHADOW_SYNC_URL): a proxy or another service may be listening there."
    )


def _json(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _told(body: object) -> str | None:
    """What an error body of the service says, in one line, and one for each detail, such as each bad line of a file;
    None where the body is not the service's.
    """
    if not isinstance(body, dict) or not isinstance(body.get("message"), str) or "code" not in body:
        return None
    details = [f"{detail.get('field')}: {detail.get('message')}" for detail in objects(body.get("details"))]
    further = [detail for detail in details if detail not in body["message"]]
    request = f" (request {body['requestId']})" if isinstance(body.get("requestId"), str) else ""
    return "\n  ".join([one_line(body["message"] + request), *map(one_line, further)])


def _retry_after(response: BaseHTTPResponse) -> float:
    header = response.headers.get("Retry-After")
    return min(float(header), 60.0) if header and header.isascii() and header.isdigit() else 0.0
