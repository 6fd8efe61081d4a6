"""Answers to what never gets as far as the application: what is no HTTP, and what comes when too much is under way."""

import json
from http import HTTPStatus

from gunicorn.http.errors import (
    ExpectationFailed,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)

from api.errors import error_body
from api.requests import CAREFUL_HEADERS

_STATUSES: tuple[tuple[type[Exception], HTTPStatus, str], ...] = (
    (LimitRequestLine, HTTPStatus.REQUEST_URI_TOO_LONG, "The request line is too long."),
    (LimitRequestHeaders, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The request's headers are too large."),
    (ExpectationFailed, HTTPStatus.EXPECTATION_FAILED, "Only 100-continue can be expected."),
    (UnsupportedTransferCoding, HTTPStatus.NOT_IMPLEMENTED, "This transfer coding is not supported."),
    (ParseException, HTTPStatus.BAD_REQUEST, "This is not a well-formed HTTP request."),
)


def describe(exc: BaseException) -> tuple[HTTPStatus, str]:
    """The status and the message for what went wrong before there was a request."""
    for kind, status, message in _STATUSES:
        if isinstance(exc, kind):
            return status, message
    return HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here. The log knows more under this requestId."


def raw_answer(status: HTTPStatus, message: str, request_id: str, **headers: str) -> bytes:
    """An error of the published shape, after which the connection ends; underscores in *headers* stand for hyphens."""
    body = json.dumps(error_body(status, message, request_id)).encode()
    lines = {
        "Connection": "close",
        "Content-Type": "application/json",
        "X-Request-Id": request_id,
        "Content-Length": str(len(body)),
        **CAREFUL_HEADERS,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{head}\r\n".encode() + body
