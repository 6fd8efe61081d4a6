"""gunicorn as it is configured here: how it starts, what it says to what is not HTTP, and what it never keeps."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.door import ROOT, SECRET, SHARED_SECRET, Door, credentials, environment, running_api
from tests.conftest import free_port


def speak(door: Door, request: bytes, seconds: float = 20.0) -> tuple[bytes, bytes]:
    """Send raw bytes; the head and the body of the answer, once the server has closed."""
    with socket.create_connection(("127.0.0.1", door.port), timeout=seconds) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(b"GET / HTX\r\n\r\n", 400, id="not HTTP"),
        pytest.param(b"\x16\x03\x01\x00\xee\r\n\r\n", 400, id="TLS"),
        pytest.param(b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400, id="space in the path"),
        pytest.param(b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 414, id="request line too long"),
        pytest.param(b"GET / HTTP/1.1\r\nA: " + b"b" * 20000 + b"\r\n\r\n", 431, id="header too large"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 100 + b"\r\n", 431, id="too many headers"),
        pytest.param(b"GET / HTTP/1.1\r\nBad Header: x\r\n\r\n", 400, id="header name"),
        pytest.param(b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", 400, id="negative length"),
        pytest.param(
            b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400, id="two lengths"
        ),
        pytest.param(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: rot13\r\n\r\n", 501, id="transfer coding"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n", 417, id="expectation"),
    ],
)
def test_what_is_not_well_formed_http_gets_an_error_of_ours(shared_door: Door, request_: bytes, status: int) -> None:
    head, content = speak(shared_door, request_)
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"Content-Type: application/json" in head
    body = json.loads(content)
    assert (body["success"], body["code"]) == (False, status)
    assert body["error"]
    assert body["message"]
    assert body["requestId"].encode() in head


def post(body: bytes, *headers: bytes) -> bytes:
    sent = [f"{name}: {value}".encode() for name, value in credentials().items()]
    lines = [b"POST /admin/shadow-sync/hub-1 HTTP/1.1", b"Host: x", b"Connection: close", *sent, *headers]
    return b"\r\n".join([*lines, b"", body])


def test_a_body_whose_chunks_cannot_be_read_is_refused(door: Door) -> None:
    head, body = speak(door, post(b"zz\r\n{}\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"))
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["details"][0]["field"] == "body"


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(b"GET /healthz HTT", id="in the request line"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost:", id="in a header"),
        pytest.param(post(b"{", b"Content-Type: application/json", b"Content-Length: 20"), id="in the body"),
    ],
)
def test_a_client_that_stalls_does_not_keep_its_thread(stall_door: Door, request_: bytes) -> None:
    begun = time.monotonic()
    head, _ = speak(stall_door, request_)
    assert time.monotonic() - begun < 10
    assert head == b"" or head.startswith(b"HTTP/1.1 400 ")
    assert stall_door.ask("GET", "/healthz").status == 200


@pytest.fixture(scope="module")
def stall_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("stall")
    with running_api("redis://127.0.0.1:1/0", folder, **SHARED_SECRET, SHADOW_SYNC_API_STALL_SECONDS="1") as door:
        yield door


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({"ADMIN_API_KEYS": ""}, "SHADOW_SYNC_ADMIN_API_KEYS: required", id="no keys"),
        pytest.param({"ADMIN_API_KEYS": "ops:secret-in-clear"}, "SHADOW_SYNC_ADMIN_API_KEYS: entry 1", id="in clear"),
        pytest.param({"JWT_SECRET": ""}, "exactly one of SHADOW_SYNC_JWT_SECRET and", id="no way to verify tokens"),
        pytest.param({"JWKS_URL": "https://issuer/jwks"}, "exactly one of SHADOW_SYNC_JWT_SECRET and", id="two ways"),
        pytest.param({"JWT_SECRET": "too-short"}, "SHADOW_SYNC_JWT_SECRET: must be at least 32", id="short secret"),
        pytest.param({"API_THREADS": "many"}, "SHADOW_SYNC_API_THREADS: ", id="not a number"),
        pytest.param({"REDIS_URL": "http://x"}, "SHADOW_SYNC_REDIS_URL: ", id="not Redis"),
    ],
)
def test_it_does_not_start_with_wrong_settings_and_names_them(settings: dict[str, str], message: str) -> None:
    changed = SHARED_SECRET | {f"SHADOW_SYNC_{name}": value for name, value in settings.items()}
    ended = subprocess.run(
        [sys.executable, "-m", "gunicorn"],
        cwd=ROOT,
        env=environment("redis://127.0.0.1:1/0", free_port(), {}) | changed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
    for secret in ("secret-in-clear", "too-short", SECRET):
        assert secret not in ended.stderr + ended.stdout


def test_it_opens_no_other_door(shared_door: Door) -> None:
    """gunicorn's control socket would be one."""
    pid = shared_door.process.pid
    inodes = {
        match[1]
        for entry in Path(f"/proc/{pid}/fd").iterdir()
        if (match := re.fullmatch(r"socket:\[(\d+)\]", os.readlink(entry)))  # noqa: PTH115 - not a path
    }
    unix = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    assert not [line for line in unix if line[6] in inodes and len(line) > 7]


def test_every_line_of_the_log_is_json(shared_door: Door) -> None:
    lines = shared_door.log_file.read_text().splitlines()
    assert lines
    assert all(json.loads(line)["event"] for line in lines)


def test_the_api_knows_no_aws() -> None:
    """What the door imports is not the worker's way to AWS, and building it reaches for nothing."""
    script = (
        "import sys, api; api.create_app(); "
        "print([name for name in sys.modules if name.split('.')[0] in ('boto3', 'botocore') "
        "or name in ('worker.app', 'worker.tasks', 'worker.sync', 'worker.aws')])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment("redis://127.0.0.1:1/0", 1, SHARED_SECRET),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, "[]"), ended.stderr
