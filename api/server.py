"""gunicorn with manners of ours: its errors and its log lines are JSON, no client stalls it, a stop ends all waits."""

import contextlib
import json
import logging
import socket
import struct
from http import HTTPStatus
from types import FrameType
from typing import Any, cast

import structlog
from flask import Flask
from gunicorn import glogging, util
from gunicorn.config import Config
from gunicorn.http.errors import (
    ExpectationFailed,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.workers import gthread

from api.errors import error_body
from api.requests import new_request_id

_STATUSES: tuple[tuple[type[Exception], HTTPStatus, str], ...] = (
    (LimitRequestLine, HTTPStatus.REQUEST_URI_TOO_LONG, "The request line is too long."),
    (LimitRequestHeaders, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The request's headers are too large."),
    (ExpectationFailed, HTTPStatus.EXPECTATION_FAILED, "Only 100-continue can be expected."),
    (UnsupportedTransferCoding, HTTPStatus.NOT_IMPLEMENTED, "This transfer coding is not supported."),
    (ParseException, HTTPStatus.BAD_REQUEST, "This is not a well-formed HTTP request."),
)
_log = structlog.get_logger(__name__)


class Logger(glogging.Logger):
    """Leaves formatting and writing to the root logger. See https://docs.gunicorn.org/en/stable/settings.html#logger-class"""

    def setup(self, cfg: Config) -> None:
        self.cfg = cfg
        self.error_log = logging.getLogger("gunicorn.error")
        self.error_log.handlers = []
        self.error_log.propagate = True


class ThreadWorker(gthread.ThreadWorker):
    """See https://docs.gunicorn.org/en/stable/settings.html#worker-class"""

    def enqueue_req(self, conn: gthread.TConn) -> None:
        # gunicorn's sockets block without end: a client that stalls in its headers or body would keep its thread.
        timeval = struct.pack("@ll", cast(Flask, self.wsgi).config["STALL_SECONDS"], 0)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            conn.sock.setsockopt(socket.SOL_SOCKET, option, timeval)
        super().enqueue_req(conn)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # There is no application yet while the worker boots.
        if isinstance(self.wsgi, Flask):
            self.wsgi.extensions["shadow-sync-waiters"].stop()
        super().handle_exit(sig, frame)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        del req, addr
        status, message = _describe(exc)
        request_id = new_request_id()
        if status is HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("unexpected error in the server", request_id=request_id, exc_info=exc)
        else:
            _log.info("malformed request", request_id=request_id, status=status.value, error=type(exc).__name__)
        body = json.dumps(error_body(status, message, request_id)).encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\n"
            "Connection: close\r\n"
            "Content-Type: application/json\r\n"
            f"X-Request-Id: {request_id}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        with contextlib.suppress(OSError):
            util.write_nonblock(client, head.encode() + body)


def _describe(exc: BaseException) -> tuple[HTTPStatus, str]:
    for kind, status, message in _STATUSES:
        if isinstance(exc, kind):
            return status, message
    return HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here. The log knows more under this requestId."
