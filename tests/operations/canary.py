"""Shadows full of secrets, and a network whose errors quote them."""

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3

from sandbox import RunningSandbox

# Part of every secret there is. Nothing of ours could say it by chance.
CANARY = "c4n4rybird"
THING, SHADOWS = "lock", ("front", "back", "state", "worst", "broken")
# Things with one shadow each.
OTHERS = [f"lamp-{number:02}" for number in range(8)]
_FORMS = [
    CANARY.encode(),
    *(b64encode(CANARY.encode()[skipped:])[:10] for skipped in range(3)),
    CANARY.encode().hex().encode(),
]


def found(what: bytes) -> bool:
    """Whether the secret is in there, as it is, in base64 wherever that begins, or in hexadecimal digits."""
    lower = what.lower()
    return any(form in what for form in _FORMS) or CANARY.encode() in lower


class Secrets:
    """Ever new ones."""

    def __init__(self) -> None:
        self._made = 0

    def new(self) -> str:
        self._made += 1
        return f"{CANARY}{self._made:04}"

    def document(self) -> dict[str, Any]:
        """Secrets as values, keys, in depth, in names that mean something elsewhere, and where a rule computes."""
        return {
            "pin": self.new(),
            self.new(): 1,
            "name": self.new(),
            "thingName": self.new(),
            "shadowName": self.new(),
            "error": f"{self.new()}: {self.new()}",
            "nested": {self.new(): [{"deep": [self.new(), {self.new(): 1}]}]},
            "metadata": {self.new(): {"timestamp": self.new()}},
            "version": self.new(),
            "pattern": f"({self.new()}[",
            "date": f"{self.new()} yyyy",
            "text": f"line\n{self.new()}\n\ud83d\udd12{self.new()}",
        }


def seed(sandbox: RunningSandbox, secrets: Secrets) -> None:
    for thing, shadow in [(THING, name) for name in SHADOWS] + [(name, "state") for name in OTHERS]:
        sandbox.seed(thing, shadow, secrets.document(), secrets.document())
    sandbox.seed_group("group", OTHERS)
    sandbox.put_raw(THING, "broken", f'{{"state": {{"reported": {{"{secrets.new()}": "{secrets.new()}'.encode())
    sandbox.put_raw(OTHERS[0], "state", json.dumps({"state": secrets.new(), "version": secrets.new()}).encode())


class Quoting(ThreadingHTTPServer):
    """Passes requests on to *url*, and answers every fourth itself: with an error that quotes the request and more."""

    daemon_threads = True

    def __init__(self, url: str, secrets: Secrets) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.to, self.secrets, self.asked, self.quoted = url, secrets, 0, 0
        self.pool = urllib3.PoolManager(retries=False, timeout=10.0)
        self.lock = threading.Lock()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Quoting

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.lock:
            self.server.asked += 1
            number = self.server.asked
        if number % 4 == 0:
            self._quote(number // 4, body)
            return
        answer = self.server.pool.request("POST", self.server.to + self.path, body=body, headers=dict(self.headers))
        self._answer(answer.status, answer.data, dict(answer.headers))

    def _quote(self, number: int, body: bytes) -> None:
        self.server.quoted += 1
        told = f"{self.server.secrets.new()} {body.decode(errors='replace')}\n{self.server.secrets.new()}"
        if not self.path.startswith("/2015-03-31/"):
            status = (400, 500, 530, 200, 403, 503)[number % 6]
            self._answer(status, told.encode(), {"Content-Type": "text/plain"})
            return
        status, code = ((400, "InvalidRequestContentException"), (500, "ServiceException"), (502, told[:40]))[
            number % 3
        ]
        message = json.dumps({"Type": told, "Message": told, "message": told}).encode()
        self._answer(status, message, {"x-amzn-ErrorType": code, "Content-Type": "application/json"})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the overridden method's
        """Tests print nothing."""


@contextmanager
def quoting(url: str, secrets: Secrets) -> Iterator[Quoting]:
    server = Quoting(url, secrets)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        server.pool.clear()
        thread.join()
