"""What every request gets: an id, the headers that keep browsers careful, and one line in the log."""

import re
import time
from secrets import token_hex

import structlog
from flask import Flask, g, request
from flask.wrappers import Response
from structlog.contextvars import bind_contextvars, clear_contextvars

from api.docs import DOCS_ROUTES

CAREFUL_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
_log = structlog.get_logger(__name__)


def new_request_id() -> str:
    return f"req_{token_hex(12)}"


def follow_requests(app: Flask) -> None:
    """To be called before anything else is registered, so that the id is there when the first thing goes wrong."""

    @app.before_request
    def begin() -> None:
        g.request_id, g.started = new_request_id(), time.perf_counter()
        clear_contextvars()
        bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        headers = response.headers
        headers["X-Request-Id"] = g.request_id
        # The docs page is kept by browsers, and says itself what it may load.
        for name, value in CAREFUL_HEADERS.items():
            if request.blueprint == DOCS_ROUTES:
                headers.setdefault(name, value)
            else:
                headers[name] = value
        if request.method == "OPTIONS" and response.status_code == 200:
            response.status_code = 204
            headers.remove("Content-Type")
        _log.info(
            "request",
            method=request.method,
            path=_template(),
            status=response.status_code,
            remote_address=request.remote_addr,
            duration_ms=round((time.perf_counter() - g.started) * 1000, 1),
        )
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        # The thread lives on, and what it logs between requests is nobody's.
        clear_contextvars()


def _template() -> str:
    """The path with its parameters' names, as in the OpenAPI document; as it came, where it leads nowhere."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", request.url_rule.rule) if request.url_rule else request.path
