"""The way from EventBridge to the API, over which some deliveries, or the answers to them, do not get."""

import json
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWER_SECONDS = 10.0
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}


class BadNetwork(ThreadingHTTPServer):
    """Passes requests on to a port on loopback. *share* of them are lost, every second one after it has arrived.

    The first version of the shadow named in *overtaken* (its Thing, its name) is lost until a later one got through.
    """

    daemon_threads = True
    # A burst of deliveries is not to be refused by the backlog.
    request_queue_size = 512

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.to, self.share = port, 0.0
        self.overtaken: tuple[str, str] | None = None
        self.seen: Counter[str] = Counter()
        self._dice, self._lock = random.Random(4), threading.Lock()

    def fate(self, body: bytes) -> str:
        """Of the next request: "passed", "lost", or "unanswered"."""
        with self._lock:
            lost = self._dice.random() < self.share
            detail = json.loads(body)["detail"]
            if (detail["thingName"], detail["shadowName"]) == self.overtaken and detail["version"] == 1:
                self.seen["lost"] += 1
                return "lost"
            fate = self._dice.choice(("lost", "unanswered")) if lost else "passed"
            self.seen[fate] += 1
            return fate

    def passed(self, body: bytes) -> None:
        """It got through, and so may what it was to overtake."""
        detail = json.loads(body)["detail"]
        if (detail["thingName"], detail["shadowName"]) == self.overtaken:
            self.overtaken = None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: BadNetwork

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fate = self.server.fate(body)
        self.close_connection = True
        if fate == "lost":
            return
        connection = HTTPConnection("127.0.0.1", self.server.to, timeout=ANSWER_SECONDS)
        try:
            connection.request("POST", self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status == HTTPStatus.OK:
            self.server.passed(body)
        if fate == "unanswered":
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server has it
        """Print nothing."""


@contextmanager
def bad_network_to(port: int) -> Iterator[BadNetwork]:
    network = BadNetwork(port)
    thread = threading.Thread(target=network.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield network
    finally:
        network.shutdown()
        network.server_close()
        thread.join(10)
