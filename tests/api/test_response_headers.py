"""What every answer carries, so that no browser keeps it, guesses what it is, or runs anything in it."""

import re

import pytest

from api import ApiSettings, create_app
from tests.api.door import Answer, Door
from tests.api.test_server import post, speak

SETTINGS = ApiSettings(admin_api_keys={"ops": bytes(32)}, jwt_secret="x" * 32)  # type: ignore[arg-type]
OPEN = {"/healthz", "/readyz", "/openapi.json", "/docs", "/docs/scalar.js", "/docs/icon.svg", "/docs/start.js"}
STRICT = "default-src 'none'; frame-ancestors 'none'"
ROUTES = sorted(
    (method, re.sub("<[^>]+>", "hub-1", rule.rule))
    for rule in create_app(SETTINGS).url_map.iter_rules()
    for method in sorted((rule.methods or set()) - {"HEAD"})
)


def assert_careful(answer: Answer) -> None:
    headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Request-Id"].startswith("req_")


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda part: part)
def test_every_answer_of_every_route_is_careful_and_only_the_open_ones_let_a_stranger_in(
    door: Door, method: str, path: str
) -> None:
    stranger, admin = door.ask(method, path, credentials={}), door.ask(method, path)
    for answer in (stranger, admin):
        assert_careful(answer)
        assert answer.status < 500
        if path.startswith("/admin"):
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Content-Security-Policy"] == STRICT
    assert (stranger.status == 401) == (path not in OPEN)


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/admin/nowhere", "/docs/nowhere", "/docs/../admin/x", "/%2e%2e/admin"]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "TRACE"])
def test_what_leads_nowhere_is_answered_as_carefully(door: Door, method: str, path: str) -> None:
    answer = door.ask(method, path)
    assert answer.status in (404, 405)
    assert_careful(answer)
    assert (answer.headers["Cache-Control"], answer.headers["Content-Security-Policy"]) == ("no-store", STRICT)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(b"GET / HTX\r\n\r\n", 400, id="not HTTP"),
        pytest.param(b"GET /admin/" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 414, id="request line too long"),
        pytest.param(b"GET / HTTP/1.1\r\nA: " + b"b" * 20000 + b"\r\n\r\n", 431, id="header too large"),
        pytest.param(post(b"zz\r\n{}\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"), 400, id="chunks"),
    ],
)
def test_what_the_server_itself_refuses_is_answered_as_carefully(door: Door, request_: bytes, status: int) -> None:
    head, _ = speak(door, request_)
    assert head.startswith(b"HTTP/1.1 %d " % status)
    lines = head.decode().split("\r\n")
    for line in ("X-Content-Type-Options: nosniff", f"Content-Security-Policy: {STRICT}", "Cache-Control: no-store"):
        assert lines.count(line) == 1


@pytest.mark.parametrize(
    "header", [b"SCRIPT_NAME: /healthz", b"PATH_INFO: /admin/shadow-sync-audit", b"SCRIPT_NAME: /x"]
)
def test_no_header_makes_another_path_of_the_requested_one(door: Door, header: bytes) -> None:
    head, body = speak(door, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + header + b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert body == b'{"status":"ok"}'
