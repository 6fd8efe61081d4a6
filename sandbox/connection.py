"""One HTTP/1.1 connection: httptools parses, a Handler answers. It knows nothing of AWS.

Requests of one connection are answered one after the other and in order. A delayed answer is a timer, not a task.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol, cast

import httptools

from sandbox.messages import Answer, Request

BODY_LIMIT = 16 * 1024 * 1024
IDLE_SECONDS = 300.0
PIPELINE_LIMIT = 16

_REASONS = {int(status): status.phrase for status in HTTPStatus}
_RST_ON_CLOSE = struct.pack("ii", 1, 0)


class Handler(Protocol):
    def handle(self, request: Request) -> Answer:
        """Answer now; the server waits `answer.delay` seconds before it sends. Must not raise."""

    def finished(self, answer: Answer, abandoned: bool) -> None:
        """Called exactly once per answer: it was sent or reset, or `abandoned` by a client that went away first."""


def render(answer: Answer, keep_alive: bool, date: str) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Unknown')}",
        f"Date: {date}",
        f"Connection: {'keep-alive' if keep_alive else 'close'}",
        *[f"{name}: {value}" for name, value in answer.headers],
    ]
    if answer.status != HTTPStatus.NO_CONTENT:
        lines += [f"Content-Type: {answer.content_type}", f"Content-Length: {len(answer.body)}"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body


class Connection(asyncio.Protocol):
    def __init__(self, handler: Handler, connections: set[Connection], date: Callable[[], str]) -> None:
        self._handler = handler
        self._connections = connections
        self._date = date
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self._current: Answer | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._last_seen = self._loop.time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._connections.add(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._connections.discard(self)
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
        if self._current is not None:
            answer, self._current = self._current, None
            self._handler.finished(answer, abandoned=True)

    def data_received(self, data: bytes) -> None:
        self._last_seen = self._loop.time()
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError as error:
            self._loop.call_exception_handler({"message": "the sandbox failed to answer", "exception": error})
            self._transport.abort()
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if self._current is None:
                self._transport.write(render(Answer(400), False, self._date()))
            self._transport.close()

    def pause_writing(self) -> None:
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._transport.resume_reading()

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._body: list[bytes] = []
        self._body_size = 0

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        if self._headers.get(b"expect", b"").lower() == b"100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._body_size += len(body)
        if self._body_size <= BODY_LIMIT:
            self._body.append(body)
        else:
            self._body.clear()

    def on_message_complete(self) -> None:
        path, _, query = self._url.decode("latin-1").partition("?")
        method = self._parser.get_method().decode("latin-1")
        request = Request(method, path, query, self._headers, b"".join(self._body), self._body_size)
        keep_alive = self._parser.should_keep_alive()
        if self._current is None and not self._waiting:
            self._start(request, keep_alive)
            return
        self._waiting.append((request, keep_alive))
        if len(self._waiting) >= PIPELINE_LIMIT:
            self._transport.pause_reading()

    def _start(self, request: Request, keep_alive: bool) -> None:
        answer = self._handler.handle(request)
        self._current = answer
        if request.method == "HEAD":
            answer.body = b""
        if answer.ready is None:
            self._schedule(answer, keep_alive)
        else:
            answer.ready.add_done_callback(lambda done: self._made_ready(answer, keep_alive, done))

    def _made_ready(self, answer: Answer, keep_alive: bool, done: asyncio.Future[None]) -> None:
        if self._current is not answer:
            return
        error = asyncio.CancelledError() if done.cancelled() else done.exception()
        if error is None:
            self._schedule(answer, keep_alive)
        else:
            self._loop.call_exception_handler({"message": "the sandbox failed to answer", "exception": error})
            self._transport.abort()

    def _schedule(self, answer: Answer, keep_alive: bool) -> None:
        if answer.delay > 0:
            self._timer = self._loop.call_later(answer.delay, self._send, answer, keep_alive)
        else:
            self._send(answer, keep_alive)

    def _send(self, answer: Answer, keep_alive: bool) -> None:
        self._current, self._timer = None, None
        self._last_seen = self._loop.time()
        if answer.reset:
            self._reset()
        else:
            self._transport.write(render(answer, keep_alive, self._date()))
            if not keep_alive:
                self._transport.close()
        self._handler.finished(answer, abandoned=False)
        if self._waiting:
            self._loop.call_soon(self._next)

    def _next(self) -> None:
        if self._waiting and self._current is None and not self._transport.is_closing():
            self._transport.resume_reading()
            self._start(*self._waiting.popleft())

    def _reset(self) -> None:
        self._waiting.clear()
        # A linger of zero makes close() send RST, which a client cannot mistake for an orderly end.
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_ON_CLOSE)
        self._transport.abort()

    def close_if_idle(self, now: float) -> None:
        if self._current is None and now - self._last_seen > IDLE_SECONDS:
            self._transport.close()

    def abort(self) -> None:
        self._transport.abort()
