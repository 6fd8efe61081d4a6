"""A small real HTTP server that speaks the contract as far as the command needs it, and misbehaves to order."""

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

JOB_ID = "job-0123456789"


@dataclass(frozen=True)
class Canned:
    """An answer to be given once, whatever is asked. With *dropped* the request takes effect, but no answer comes."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    dropped: bool = False


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


def shadow(name: str, **fields: object) -> dict[str, Any]:
    """A delivered shadow, but for *fields*."""
    delivered = {"status": "delivered", "version": 7, "attempts": 1, "lambdaStatusCode": 200, "error": None}
    return {"shadowName": name, "lambdaRequestId": f"request-of-{name}", **delivered, **fields}


def ended(*shadows: dict[str, Any], thing: str = "lamp", errors: tuple[str, ...] = ()) -> dict[str, Any]:
    """A job that has ended with these shadows."""
    counts = {
        "total": len(shadows),
        "pending": 0,
        "running": 0,
        "delivered": 0,
        "skipped": 0,
        "failed": 0,
        "cancelled": 0,
    }
    for each in shadows:
        counts[each["status"]] += 1
    success = not errors and not counts["failed"]
    return {
        "jobId": JOB_ID,
        "status": "succeeded" if success else "failed",
        "success": success,
        "thingName": thing,
        "shadows": list(shadows),
        "errors": list(errors),
        "progress": {"shadows": counts},
    }


def running(job: Mapping[str, Any]) -> dict[str, Any]:
    """The same job while nothing of it is done."""
    total = len(job["shadows"])
    progress = {"shadows": {"total": total, "pending": total, "delivered": 0, "failed": 0}}
    return {**job, "status": "running", "success": None, "errors": [], "progress": progress}


def error(status: int, message: str, **more: object) -> Canned:
    """The contract's error body."""
    body = {"success": False, "error": "…", "message": message, "code": status, "requestId": "req_1", **more}
    return Canned(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


class Service(ThreadingHTTPServer):
    """Makes one job for each Idempotency-Key; the job ends with the GET number *gets_to_end*, as *outcome*."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.outcome = ended(shadow("state"))
        self.gets_to_end = 0
        self.canned: deque[Canned] = deque()
        self.seen: list[Seen] = []
        self.keys: list[str] = []
        self.answering = threading.Event()
        self.answering.set()

    @property
    def environment(self) -> dict[str, str]:
        """What the command needs to reach it."""
        return {"SHADOW_SYNC_URL": self.url, "SHADOW_SYNC_API_KEY": "the-key", "SHADOW_SYNC_TOKEN": "the-token"}

    def jobs_made(self) -> int:
        return len(set(self.keys))

    def answer(self, seen: Seen) -> Canned:
        self.seen.append(seen)
        self.answering.wait(10)
        if "Idempotency-Key" in seen.headers:
            self.keys.append(seen.headers["Idempotency-Key"])
        if self.canned:
            return self.canned.popleft()
        gets = sum(1 for request in self.seen if request.method == "GET")
        done = gets >= self.gets_to_end and (seen.method == "GET" or "Prefer" in seen.headers)
        body = self.outcome if done else running(self.outcome)
        status = 200 if done or seen.method == "GET" else 202
        return Canned(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def _serve(self) -> None:
        body = self._body()
        answer = self.server.answer(Seen(self.command, self.path, dict(self.headers.items()), body))
        if answer.dropped:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while (line := self.rfile.readline()) and (size := int(line, 16)):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    do_GET = do_POST = _serve  # noqa: N815 - as http.server wants it

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server has it
        """Print nothing."""


@contextmanager
def serving() -> Iterator[Service]:
    service = Service()
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        service.server_close()
        thread.join(10)
