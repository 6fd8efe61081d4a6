"""A token issuer: keys of its own, and a JWKS over HTTP that a test can take away, slow down, rotate or spoil."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from tests.api.door import token


@dataclass(frozen=True)
class SigningKey:
    key_id: str
    algorithm: str
    private: RSAPrivateKey | EllipticCurvePrivateKey

    @classmethod
    def rsa(cls, key_id: str, bits: int = 2048) -> "SigningKey":
        return cls(key_id, "RS256", rsa.generate_private_key(65537, bits))

    @classmethod
    def elliptic(cls, key_id: str) -> "SigningKey":
        return cls(key_id, "ES256", ec.generate_private_key(ec.SECP256R1()))

    def published(self, **changes: Any) -> dict[str, Any]:
        public = self.private.public_key()
        kind = RSAAlgorithm if isinstance(self.private, RSAPrivateKey) else ECAlgorithm
        jwk = json.loads(kind.to_jwk(public))  # type: ignore[arg-type]  # each takes its own kind
        return {**jwk, "kid": self.key_id, "use": "sig", **changes}

    def token(self, **claims: Any) -> str:
        return token(self.private, self.algorithm, {"kid": self.key_id}, **claims)


@dataclass
class Issuer:
    """What the server answers with; ``fetches`` counts how often it was asked."""

    url: str
    keys: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    fetches: int = 0
    go_on: threading.Event = field(default_factory=threading.Event)
    """Answers wait for it."""
    trickles: bool = False
    """Whether headers come byte by byte while the answer waits."""
    hung_up: threading.Event = field(default_factory=threading.Event)
    """Who asked has left while the headers trickled."""

    def document(self) -> bytes:
        return json.dumps({"keys": self.keys}).encode() if self.body is None else self.body


@contextmanager
def serving_issuer(*keys: SigningKey) -> Iterator[Issuer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.fetches += 1
            if issuer.trickles:
                self._trickle()
                return
            issuer.go_on.wait(20)
            body = issuer.document()
            self.send_response(issuer.status)
            sent = {"Content-Type": "application/json", "Content-Length": str(len(body))} | issuer.headers
            for name, value in sent.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(body)
            except ConnectionError:
                self.close_connection = True

        def _trickle(self) -> None:
            self.close_connection = True
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not issuer.go_on.wait(0.02):
                    self.wfile.write(b"a")
            except ConnectionError:
                issuer.hung_up.set()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the overridden method's
            """Tests print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}/jwks", [key.published() for key in keys])
    issuer.go_on.set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield issuer
    finally:
        issuer.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()
