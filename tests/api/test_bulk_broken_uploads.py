"""An upload that is too large, breaks off or is refused at once: it is answered, and nothing of it is left."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.bulk_jobs import JOBS, upload
from tests.api.door import SHARED_SECRET, Door, running_api
from tests.api.jobs import Jobs
from tests.api.test_bad_input import assert_published_error
from tests.api.test_bulk_uploads import NAMES, assert_nothing_is_left
from tests.conftest import Valkey
from tests.waiting import until

MAX_BYTES = 100 * 1024 * 1024
CHUNK = b"%x\r\n" % len(NAMES)
PLAIN = {"Content-Type": "text/plain"}


def names_and_blanks(blanks: int) -> Iterator[bytes]:
    """So many bytes of them, behind the names."""
    yield NAMES
    for at in range(0, blanks, 1024 * 1024):
        yield b" " * min(1024 * 1024, blanks - at)


def speak(door: Door, *head: bytes, body: bytes, kind: bytes = b"text/plain") -> tuple[int, dict[str, object]]:
    """Send part of an upload and hang up; the status and the body of the answer."""
    with socket.create_connection(("127.0.0.1", door.port), timeout=20) as connection:
        connection.sendall(_request(door, *head, kind=kind) + body)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while received := connection.recv(65536):
            answer += received
    return int(answer.split()[1]), json.loads(answer.partition(b"\r\n\r\n")[2])


def _request(door: Door, *head: bytes, kind: bytes) -> bytes:
    known = [f"{name}: {value}".encode() for name, value in door.credentials.items()]
    lines = [f"POST {JOBS} HTTP/1.1".encode(), b"Host: x", b"Connection: close", b"Content-Type: " + kind]
    return b"\r\n".join([*lines, *known, *head, b"", b""])


@pytest.mark.parametrize(
    ("head", "body"),
    [
        pytest.param(b"Content-Length: 90000", NAMES, id="announced"),
        pytest.param(b"Content-Length: 90000", b"", id="announced, nothing of it"),
        pytest.param(b"Transfer-Encoding: chunked", CHUNK + NAMES, id="in the chunk"),
        pytest.param(b"Transfer-Encoding: chunked", CHUNK + NAMES + b"\r\n", id="behind the chunk"),
        pytest.param(b"Transfer-Encoding: chunked", CHUNK + NAMES + b"\r\nno\r\n", id="no chunk follows"),
    ],
)
def test_of_a_truncated_upload_nothing_is_begun_and_nothing_is_left(
    door: Door, jobs: Jobs, head: bytes, body: bytes
) -> None:
    status, error = speak(door, head, body=body)

    assert (status, error["error"]) == (400, "Bad Request")
    assert str(error["message"]).startswith("body: is ")
    assert_nothing_is_left(jobs)


def test_more_than_may_be_is_refused_before_it_is_read(door: Door, jobs: Jobs) -> None:
    status, error = speak(door, b"Content-Length: %d" % (MAX_BYTES + 1), body=NAMES)

    assert (status, error["error"]) == (413, "Request Entity Too Large")
    assert_nothing_is_left(jobs)


@pytest.mark.parametrize("length", [{"Transfer-Encoding": "chunked"}, {"Content-Length": str(MAX_BYTES + len(NAMES))}])
def test_who_sends_more_than_may_be_to_its_end_is_told_so(door: Door, jobs: Jobs, length: dict[str, str]) -> None:
    chunked = "Transfer-Encoding" in length

    answer = door.ask("POST", JOBS, headers=PLAIN | length, body=names_and_blanks(MAX_BYTES), chunked=chunked)

    assert_published_error(answer, 413, "Request Entity Too Large")
    assert_nothing_is_left(jobs)


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
@pytest.mark.parametrize(
    ("query", "status"), [("dryRun=true&verify=true", 422), ("confrim=true", 400)], ids=["options", "query"]
)
def test_who_sends_a_large_file_is_told_what_is_wrong_with_the_rest(
    door: Door, query: str, status: int, chunked: bool
) -> None:
    """The service knows it before the file is read, and many a client reads no answer before it has sent it."""
    blanks = 30_000_000
    length = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(blanks + len(NAMES))}
    file, path = names_and_blanks(blanks), f"{JOBS}?{query}"

    answer = door.ask("POST", path, headers=PLAIN | length, body=file, chunked=chunked)

    assert answer.status == status


def test_who_sends_a_large_file_while_redis_is_away_is_told_to_try_again(own_valkey: Valkey, tmp_path: Path) -> None:
    with running_api(own_valkey.url, tmp_path, **SHARED_SECRET, SHADOW_SYNC_REDIS_TIMEOUT_SECONDS="0.5") as door:
        own_valkey.kill()
        answer = upload(door, NAMES * 600)

    assert_published_error(answer, 503, "Service Unavailable")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("announced", [b"Content-Length: 90000", b"Content-Length: %d" % (MAX_BYTES + 1)])
def test_a_client_that_hangs_up_in_the_middle_is_no_fault_of_the_service(
    door: Door, jobs: Jobs, announced: bytes
) -> None:
    before = len(door.log())
    with socket.create_connection(("127.0.0.1", door.port), timeout=20) as connection:
        connection.sendall(_request(door, announced, kind=b"text/plain") + NAMES)
        # So that it is reset, and not only ended.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    lines = until(lambda: [one for one in door.log()[before:] if one["event"] == "request"], what="the request's line")

    assert [line["status"] for line in lines] == [413 if b"1048" in announced else 400]
    assert [line for line in door.log()[before:] if line["level"] not in ("info", "warning")] == []
    assert_nothing_is_left(jobs)
    assert door.ask("GET", "/healthz").status == 200
