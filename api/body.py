"""The body of a POST: no more of it is read than may be."""

import contextlib
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import NoReturn, TypeVar

from flask import Flask, g, request
from flask.wrappers import Response
from gunicorn.http.errors import ParseException
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from api.errors import BadRequest, UnsupportedMediaType, refuse_invalid

MAX_BODY_BYTES = 64 * 1024
# More than the largest body that any route takes.
_MAX_DISCARDED_BYTES = 128 * 1024 * 1024
_DISCARD_SECONDS = 5.0
_CHUNK_BYTES = 64 * 1024
Options = TypeVar("Options", bound=BaseModel)


def read_options(kind: type[Options]) -> Options:
    """What the body asks for. An empty body asks for nothing, whatever its Content-Type.

    Raises:
        werkzeug.exceptions.RequestEntityTooLarge: more than MAX_BODY_BYTES, announced or chunked.
        UnsupportedMediaType: it is not JSON.
        BadRequest: it is not a JSON object, or has a member that means nothing.
    """
    body = read_body(MAX_BODY_BYTES)
    return _parse(kind, body) if body.strip() else kind()


def read_json(kind: type[Options], limit: int, *, other_types: Sequence[str]) -> Options:
    """As :func:`read_options`, of at most *limit* bytes; but the body has to be there. *other_types*: what the route
    takes besides JSON.
    """
    body = read_body(limit)
    if not body.strip():
        raise BadRequest(("body", "is empty: say which Things are meant"))
    return _parse(kind, body, other_types)


def _parse(kind: type[Options], body: bytes, other_types: Sequence[str] = ()) -> Options:
    if not request.is_json:
        or_else = f", or an upload of names, with one of {', '.join(other_types)}" if other_types else ""
        raise UnsupportedMediaType(f"A body must be JSON, with Content-Type: application/json{or_else}.")
    try:
        return kind.model_validate_json(body)
    except ValidationError as invalid:
        refuse_invalid(invalid)


def read_body(limit: int) -> bytes:
    """The body, of at most *limit* bytes.

    Raises:
        werkzeug.exceptions.RequestEntityTooLarge: it has more, announced or chunked.
    """
    g.body_is_seen_to = True
    if (request.content_length or 0) > limit:
        refuse_too_large()
    # A chunked body is cut off there, without an error: that is one byte further on.
    request.max_content_length = limit + 1
    body = request.get_data(cache=False)
    if len(body) > limit:
        refuse_too_large()
    return body


def refuse_too_large() -> NoReturn:
    g.body_is_seen_to = True
    _discard_rest()
    raise RequestEntityTooLarge


def read_what_is_refused(app: Flask) -> None:
    """Of a request that is refused before its body was read, read it all the same.

    ``g.body_is_seen_to``, where it is set, says that there is nothing left to be read, or that it does not come.
    """

    @app.after_request
    def read_rest(response: Response) -> Response:
        # A stranger is not worth a thread's time.
        is_known = "requester" in g
        if response.status_code >= HTTPStatus.BAD_REQUEST and is_known and "body_is_seen_to" not in g:
            _discard_rest()
        return response


def _discard_rest() -> None:
    """Many a client reads no answer before it has sent its body, so that is read, within bounds, and thrown away."""
    body, left, deadline = request.environ["wsgi.input"], _MAX_DISCARDED_BYTES, time.monotonic() + _DISCARD_SECONDS
    # Whoever hangs up meanwhile wants no answer any more.
    with contextlib.suppress(OSError, ParseException):
        while left > 0 and time.monotonic() < deadline and (chunk := body.read(min(left, _CHUNK_BYTES))):
            left -= len(chunk)
