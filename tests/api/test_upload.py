"""A body that is read chunk by chunk, by gunicorn as it is configured here: whole, or not at all."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.api.door import ROOT, SHARED_SECRET, START_SECONDS, STOP_SECONDS, Answer, Door, environment
from tests.api.test_bad_input import assert_published_error
from tests.api.upload_app import LIMIT
from tests.conftest import free_port
from tests.waiting import until

NAME = b"hub-%07d\r\n" % 1


@pytest.fixture(scope="module")
def uploads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """An API with a route that reads an upload; its clients may stall for a second."""
    port, log_file = free_port(), tmp_path_factory.mktemp("uploads") / "api.log"
    settings = {**SHARED_SECRET, "SHADOW_SYNC_API_STALL_SECONDS": "1"}
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "tests.api.upload_app:create_upload_app()"],
            cwd=ROOT,
            env=environment("redis://127.0.0.1:1/0", port, settings),
            stdout=log,
            stderr=log,
        )
    door = Door(port, process, log_file)
    try:
        until(lambda: answers(door), seconds=START_SECONDS, what="gunicorn answers")
        yield door
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)


def answers(door: Door) -> bool:
    assert door.process.poll() is None, door.log_file.read_text()
    try:
        return door.ask("GET", "/healthz").status == 200
    except OSError:
        return False


def upload(door: Door, body: bytes, *, chunked: bool) -> Answer:
    headers = {"Content-Type": "text/plain"} | ({"Transfer-Encoding": "chunked"} if chunked else {})
    pieces = iter([body[at : at + 50_000] for at in range(0, len(body), 50_000)])
    return door.ask("POST", "/names", headers=headers, body=pieces if chunked else body, chunked=chunked)


def speak(door: Door, *head: bytes, body: bytes, hang_up: bool) -> tuple[bytes, dict[str, object]]:
    """Send part of an upload and stop; the status line and the body of the answer."""
    lines = [b"POST /names HTTP/1.1", b"Host: x", b"Connection: close", b"Content-Type: text/plain", *head, b"", body]
    with socket.create_connection(("127.0.0.1", door.port), timeout=20) as connection:
        connection.sendall(b"\r\n".join(lines))
        if hang_up:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while received := connection.recv(65536):
            answer += received
    status, _, content = answer.partition(b"\r\n")
    return status, json.loads(content.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
@pytest.mark.parametrize("names", [1, 20_000, LIMIT // len(NAME)])
def test_an_upload_is_read_to_its_end(uploads: Door, chunked: bool, names: int) -> None:
    assert upload(uploads, NAME * names, chunked=chunked).json == {"Name": names}


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_an_upload_of_nothing_is_empty(uploads: Door, chunked: bool) -> None:
    assert upload(uploads, b"", chunked=chunked).json == {}


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
@pytest.mark.parametrize("size", [LIMIT + 1, 10_000_000])
def test_an_upload_that_is_too_large_is_refused(uploads: Door, chunked: bool, size: int) -> None:
    answer = upload(uploads, b" " * size, chunked=chunked)
    assert_published_error(answer, 413, "Request Entity Too Large")
    assert answer.seconds < 10


@pytest.mark.parametrize("hang_up", [True, False], ids=["hangs up", "stalls"])
@pytest.mark.parametrize(
    ("head", "body"),
    [
        pytest.param(b"Content-Length: 100", b"", id="announced, nothing of it"),
        pytest.param(b"Content-Length: 100", NAME, id="announced"),
        pytest.param(b"Content-Length: 2000000", NAME * 9000, id="announced, large"),
        pytest.param(b"Transfer-Encoding: chunked", b"", id="no chunk"),
        pytest.param(b"Transfer-Encoding: chunked", b"d\r\n" + NAME[:5], id="in a chunk"),
        pytest.param(b"Transfer-Encoding: chunked", b"d\r\n" + NAME, id="behind the chunk's data"),
        pytest.param(b"Transfer-Encoding: chunked", b"d\r\n" + NAME + b"\r\n", id="between chunks"),
        pytest.param(b"Transfer-Encoding: chunked", b"d\r\n" + NAME + b"\r\n0\r\n", id="in the last chunk"),
    ],
)
def test_an_upload_that_breaks_off_is_refused(uploads: Door, head: bytes, body: bytes, hang_up: bool) -> None:
    status, error = speak(uploads, head, body=body, hang_up=hang_up)
    assert status == b"HTTP/1.1 400 BAD REQUEST"
    assert str(error["message"]).startswith("body: is ")
    assert uploads.ask("GET", "/healthz").status == 200


def test_a_truncated_upload_is_told_how_much_of_it_came(uploads: Door) -> None:
    _, error = speak(uploads, b"Content-Length: 100", body=NAME, hang_up=True)
    assert error["message"] == f"body: is truncated: {len(NAME)} of 100 bytes came; nothing was started"
