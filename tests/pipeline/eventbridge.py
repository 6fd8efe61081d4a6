"""An EventBridge that answers as a test tells it to: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class EventBridge(ThreadingHTTPServer):
    """`requests` are the bodies that it was sent, `connections` how many connections they came by."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.requests: list[dict[str, Any]] = []
        self.connections = 0
        self._answers: deque[tuple[int, Any]] = deque()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def entry(self) -> dict[str, Any]:
        """The only entry of the latest request."""
        [entry] = self.requests[-1]["Entries"]
        return dict(entry)

    @property
    def detail(self) -> dict[str, Any]:
        return dict(json.loads(self.entry["Detail"]))

    def will_answer(self, status: int, answer: Any, times: int = 1) -> None:
        """To the next requests; to those without an answer of their own it says that it took the event."""
        self._answers.extend([(status, answer)] * times)

    def will_refuse_the_entry(self, code: str, message: str) -> None:
        entry = {"ErrorCode": code, "ErrorMessage": message}
        self.will_answer(200, {"FailedEntryCount": 1, "Entries": [entry]})

    def forget(self) -> None:
        self.requests.clear()
        self._answers.clear()

    def answer(self, request: dict[str, Any]) -> tuple[int, Any]:
        self.requests.append(request)
        if self._answers:
            return self._answers.popleft()
        return 200, {"FailedEntryCount": 0, "Entries": [{"EventId": f"event-{len(self.requests)}"}]}


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    server: EventBridge

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        assert self.headers["X-Amz-Target"] == "AWSEvents.PutEvents"
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, answer = self.server.answer(request)
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: pytest's output is for what failed."""


@contextmanager
def eventbridge() -> Iterator[EventBridge]:
    with EventBridge() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(timeout=10)
