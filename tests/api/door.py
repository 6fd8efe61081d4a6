"""The API as its users run it: gunicorn in a process of its own, spoken to over HTTP."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPMessage
from pathlib import Path
from typing import Any

import jwt

from tests.conftest import free_port
from tests.waiting import until

ROOT = Path(__file__).parents[2]
SECRET = "a secret for tests only, long enough for every HMAC that a token could be signed with"
KEY, SECOND_KEY = "the first API key", "the second API key"
EMAIL = "ada@smartphonekey.com"
START_SECONDS, STOP_SECONDS = 60.0, 40.0
SHARED_SECRET = {"SHADOW_SYNC_JWT_SECRET": SECRET}


def token(secret: Any = SECRET, algorithm: str = "HS256", headers: dict[str, Any] | None = None, **claims: Any) -> str:
    """A good token, but for what is said otherwise; a claim of None is left out."""
    now = int(time.time())
    merged = {"email": EMAIL, "iat": now, "exp": now + 600} | claims
    return jwt.encode(
        {name: value for name, value in merged.items() if value is not None}, secret, algorithm, headers=headers
    )


def credentials(key: str = KEY, **claims: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(**claims)}", "X-Admin-API-Key": key}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: HTTPMessage
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        assert self.headers["Content-Type"] == "application/json"
        return json.loads(self.body)


@dataclass(frozen=True)
class Door:
    """A running API. ``credentials`` are sent unless a request says otherwise."""

    port: int
    process: subprocess.Popen[bytes]
    log_file: Path
    credentials: Mapping[str, str] = field(default_factory=credentials)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        credentials: Mapping[str, str] | None = None,
        chunked: bool = False,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        sent = {**(self.credentials if credentials is None else credentials), **(headers or {})}
        begun = time.monotonic()
        try:
            connection.request(method, path, headers=sent, body=body, encode_chunked=chunked)
            response = connection.getresponse()
            content = response.read()
            return Answer(response.status, response.headers, content, time.monotonic() - begun)
        finally:
            connection.close()

    def sync(self, thing: str = "hub-1", **headers: str) -> Answer:
        """POST; underscores in the names of *headers* stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", f"/admin/shadow-sync/{thing}", headers=named)

    def job(self, job_id: str, **headers: str) -> Answer:
        return self.ask("GET", f"/admin/shadow-sync-jobs/{job_id}", headers=headers)

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log_file.read_text().splitlines() if line.startswith("{")]

    def logged(self, request_id: str) -> dict[str, Any]:
        """The line that says what came of this request."""
        lines = [line for line in self.log() if line.get("request_id") == request_id and line["event"] == "request"]
        assert len(lines) == 1, lines
        return lines[0]


def environment(redis_url: str, port: int, settings: Mapping[str, str]) -> dict[str, str]:
    keys = f"support:{sha256(KEY.encode()).hexdigest()}, ops:{sha256(SECOND_KEY.encode()).hexdigest()}"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SHADOW_SYNC_")}
    return inherited | {
        "SHADOW_SYNC_REDIS_URL": redis_url,
        "SHADOW_SYNC_ADMIN_API_KEYS": keys,
        "SHADOW_SYNC_BIND": f"127.0.0.1:{port}",
        "SHADOW_SYNC_API_WORKERS": "1",
        "SHADOW_SYNC_API_THREADS": "8",
        "SHADOW_SYNC_API_WAITERS": "4",
        "SHADOW_SYNC_MAX_WAIT_SECONDS": "30",
        "SHADOW_SYNC_FAILED_AUTH_PER_MINUTE": "0",
        **settings,
    }


@contextmanager
def running_api(redis_url: str, folder: Path, **settings: str) -> Iterator[Door]:
    """A started API; *settings* are variables of the environment."""
    port, log_file = free_port(), folder / "api.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn"],
            cwd=ROOT,
            env=environment(redis_url, port, settings or SHARED_SECRET),
            stdout=log,
            stderr=log,
        )
    door = Door(port, process, log_file)
    try:
        until(lambda: _answers(door), seconds=START_SECONDS, what="gunicorn answers")
        yield door
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)


def _answers(door: Door) -> bool:
    assert door.process.poll() is None, door.log_file.read_text()
    try:
        return door.ask("GET", "/healthz").status == 200
    except OSError:
        return False
