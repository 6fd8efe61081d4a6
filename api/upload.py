"""A body that is read chunk by chunk: no more of it than may be, and not less than was sent."""

from collections.abc import Iterator

from flask import g, request

from api.body import refuse_too_large
from api.errors import BadRequest

CHUNK_BYTES = 64 * 1024


def body_chunks(limit: int) -> Iterator[bytes]:
    """The request's body, of at most *limit* bytes. Who consumes it acts on nothing before it has ended well.

    Raises, on the way:
        werkzeug.exceptions.RequestEntityTooLarge: it has more, announced or chunked.
        BadRequest: it ended, or came to a stop, before its end.
        gunicorn.http.errors.ParseException: its chunks cannot be read; answered with 400 too.
    """
    announced = request.content_length
    if (announced or 0) > limit:
        refuse_too_large()
    # The server's own: Werkzeug's stream takes the end of the connection for the end of the body.
    body, came = request.environ["wsgi.input"], 0
    while announced is None or came < announced:
        try:
            chunk = body.read(CHUNK_BYTES)
        except OSError:
            # gunicorn's NoMoreData is one, and so is the time-out of a client that stalls.
            g.body_is_seen_to = True
            raise _truncated("the connection ended, or stalled, before it did") from None
        if not chunk:
            break
        came += len(chunk)
        if came > limit:
            refuse_too_large()
        yield chunk
    if announced is not None and came < announced:
        raise _truncated(f"{came:,} of {announced:,} bytes came")


def _truncated(reason: str) -> BadRequest:
    return BadRequest(("body", f"is truncated: {reason}; nothing was started"))
