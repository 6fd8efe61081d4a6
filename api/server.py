"""gunicorn with manners of ours: its errors and its log lines are JSON, no client stalls it, a stop ends all waits."""

import contextlib
import logging
import signal
import socket
from http import HTTPStatus
from types import FrameType
from typing import Any

import structlog
from flask import Flask
from gunicorn import glogging, util
from gunicorn.config import Config

from api.queueing import QueueingWorker
from api.raw_answers import describe, raw_answer
from api.requests import new_request_id

_log = structlog.get_logger(__name__)


class Logger(glogging.Logger):
    """Leaves formatting and writing to the root logger. See https://docs.gunicorn.org/en/stable/settings.html#logger-class"""

    def setup(self, cfg: Config) -> None:
        self.cfg = cfg
        self.error_log = logging.getLogger("gunicorn.error")
        self.error_log.handlers = []
        self.error_log.propagate = True


class ThreadWorker(QueueingWorker):
    """See https://docs.gunicorn.org/en/stable/settings.html#worker-class"""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # There is no application yet while the worker boots.
        if isinstance(self.wsgi, Flask):
            self.wsgi.extensions["shadow-sync-waiters"].stop()
        super().handle_exit(sig, frame)

    def is_parent_alive(self) -> bool:
        alive: bool = super().is_parent_alive()
        if not alive and self.alive:
            # gunicorn would serve its kept connections for all of the grace, on the port that the next one wants.
            self.handle_exit(signal.SIGTERM, None)
        return alive

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        del req, addr
        status, message = describe(exc)
        request_id = new_request_id()
        if status is HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("unexpected error in the server", request_id=request_id, exc_info=exc)
        else:
            _log.info("malformed request", request_id=request_id, status=status.value, error=type(exc).__name__)
        with contextlib.suppress(OSError):
            util.write_nonblock(client, raw_answer(status, message, request_id))
