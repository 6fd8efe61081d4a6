"""Whose turn it is: how gunicorn's threads are handed out, so that neither who waits nor who comes can stop the rest.

A connection without a request has no thread. A request runs when it has a turn, of which there are as many as threads
are configured; while it waits for a job's end it has none, and keeps no more than its thread. Without a turn requests
queue, for a moment: what is too much is turned away with 503. Health checks have turns of their own.
"""

import contextlib
import socket
import struct
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from selectors import EVENT_READ
from typing import Any, Final, cast

import structlog
from flask import Flask
from gunicorn import util
from gunicorn.workers import gthread

from api.places import Places
from api.raw_answers import raw_answer
from api.requests import new_request_id

_HEALTH_CHECKS = (b"GET /healthz ", b"GET /readyz ")
_HEALTH_TURNS = 4
# A queue as long is served in about a second. Where the job store is slow it is not, and nobody waits in vain.
_QUEUE, _QUEUE_SECONDS = 256, 2.0
_RETRY_AFTER_SECONDS = 2
_ACCEPTED_AT_ONCE = 64
# Of a body that nobody will read. A connection that is closed on unread bytes is reset, and the answer with it.
_DRAINED_BYTES = 16 * 1024 * 1024
_CLOSED: Final = object()
_log = structlog.get_logger(__name__)


class QueueingWorker(gthread.ThreadWorker):
    """What is not said to run in a thread of the pool runs in the event loop, and blocks nothing."""

    def init_process(self) -> None:
        self._queue: deque[tuple[float, gthread.TConn]] = deque()
        self._turns = Places(self.cfg.threads, on_free=self._on_free)
        self._health_turns = Places(_HEALTH_TURNS)
        super().init_process()

    def get_thread_pool(self) -> ThreadPoolExecutor:
        # A thread is started when there is none idle; what bounds their number are the turns and the waiters.
        return ThreadPoolExecutor(self.cfg.worker_connections)

    def accept(self, listener: socket.socket) -> None:
        # gunicorn accepts one between two looks at everything else: a health check would stand behind a crowd for long.
        for _ in range(_ACCEPTED_AT_ONCE):
            before = self.nr_conns
            super().accept(listener)
            if self.nr_conns in (before, self.worker_connections):
                return

    def enqueue_req(self, conn: gthread.TConn) -> None:
        """A connection is new, or has a request."""
        if not conn.initialized and not conn.data_ready:
            self._await_request(conn)
            return
        # gunicorn's sockets block without end: a client that stalls in its headers or body would keep its thread.
        timeval = struct.pack("@ll", self._stall_seconds, 0)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            conn.sock.setsockopt(socket.SOL_SOCKET, option, timeval)
        if _is_health_check(conn.sock) and self._health_turns.take(0.0):
            self._submit(conn, partial(self._serve, conn, self._health_turns))
        elif len(self._queue) >= _QUEUE:
            self._submit(conn, partial(self._turn_away, conn))
        else:
            # First into the queue, then a look whether there is a turn: one that gets free in between finds it there.
            self._queue.append((time.monotonic(), conn))
            self._call_next()

    def murder_pending(self) -> None:
        super().murder_pending()
        # Once a second even if nothing happens: so that nobody queues for longer than they should.
        self._call_next()

    def finish_request(self, conn: gthread.TConn, fs: "Future[Any]") -> None:
        if fs.exception() is None and fs.result() is _CLOSED:
            self.nr_conns -= 1
        else:
            super().finish_request(conn, fs)

    @property
    def _stall_seconds(self) -> int:
        seconds: int = cast(Flask, self.wsgi).config["STALL_SECONDS"]
        return seconds

    def _await_request(self, conn: gthread.TConn) -> None:
        # gunicorn would have a thread wait for it: as many clients that say nothing, and nobody else is served.
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + self._stall_seconds
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _on_free(self) -> None:
        if self._queue:
            self.method_queue.defer(self._call_next)

    def _call_next(self) -> None:
        while self._queue:
            since, conn = self._queue[0]
            late = time.monotonic() - since > _QUEUE_SECONDS
            if not late and not self._turns.take(0.0):
                return
            self._queue.popleft()
            self._submit(conn, partial(self._turn_away, conn) if late else partial(self._serve, conn, self._turns))

    def _submit(self, conn: gthread.TConn, work: "partial[object]") -> None:
        done = Future[object]()

        def run() -> None:
            try:
                done.set_result(work())
            except Exception as error:  # noqa: BLE001 - gunicorn deals with it, in the event loop
                done.set_exception(error)
            self.method_queue.defer(self.finish_request, conn, done)

        try:
            self.tpool.submit(run)
        except RuntimeError:
            # It is in the pool's queue all the same, and one of the threads that there are will come to it.
            _log.exception("no further thread can be started; allow more, or lower SHADOW_SYNC_API_WAITERS")

    def _serve(self, conn: gthread.TConn, turns: Places) -> object:
        """In a thread, with a turn."""
        turns.hold()
        try:
            kept = self.handle(conn)
        finally:
            turns.leave()
        if kept:
            return kept
        # Here, since gunicorn would do it in its event loop, for up to two seconds if the client does not close.
        _close(conn)
        return _CLOSED

    def _turn_away(self, conn: gthread.TConn) -> object:
        """In a thread, without a turn."""
        request_id = new_request_id()
        _log.info("turned away", request_id=request_id)
        message = "Too much is under way here; nothing was done. Try again."
        answer = raw_answer(HTTPStatus.SERVICE_UNAVAILABLE, message, request_id, Retry_After=str(_RETRY_AFTER_SECONDS))
        with contextlib.suppress(OSError):
            conn.sock.setblocking(True)
            conn.sock.sendall(answer)
        _close(conn)
        return _CLOSED


def _is_health_check(sock: socket.socket) -> bool:
    try:
        begin = sock.recv(max(map(len, _HEALTH_CHECKS)), socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return False
    return begin.startswith(_HEALTH_CHECKS)


def _close(conn: gthread.TConn) -> None:
    with contextlib.suppress(OSError):
        conn.sock.setblocking(True)
        util.close_graceful(conn.sock, max_drain=_DRAINED_BYTES)
