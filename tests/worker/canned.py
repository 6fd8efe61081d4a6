"""A server that gives every GET and POST the same answer, byte for byte."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Canned(ThreadingHTTPServer):
    """`pieces` of the body are sent one by one, each after `pause` seconds or the end of the test."""

    daemon_threads = True

    def __init__(self, status: int, pieces: tuple[bytes, ...], headers: dict[str, str], pause: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.pieces, self.headers, self.pause = status, pieces, headers, pause
        self.connections = 0
        self.requests = 0
        self.ended = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Canned

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        canned = self.server
        canned.requests += 1
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(canned.status)
        self.send_header("Content-Length", str(sum(map(len, canned.pieces))))
        for name, value in canned.headers.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in canned.pieces:
            if canned.pause and canned.ended.wait(canned.pause):
                return
            self.wfile.write(piece)

    do_GET = do_POST  # noqa: N815 - as http.server wants it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is http.server's
        pass


@contextmanager
def canned(status: int, *pieces: bytes, headers: dict[str, str] | None = None, pause: float = 0.0) -> Iterator[Canned]:
    with Canned(status, pieces, headers or {}, pause) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            server.shutdown()
            thread.join(10)
