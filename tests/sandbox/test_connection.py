from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from sandbox import RunningSandbox

GET = b"GET /things/lamp/shadow?name=%b HTTP/1.1\r\nHost: x\r\nAuthorization: x\r\n\r\n"


@pytest.fixture
def wire(aws: RunningSandbox) -> Iterator[socket.socket]:
    for name in ("a", "b", "c"):
        aws.seed("lamp", name, reported={"name": name})
    where = urlsplit(aws.url)
    with closing(socket.create_connection((where.hostname or "", where.port or 0), timeout=5)) as connection:
        yield connection


def _read_until_closed(wire: socket.socket) -> bytes:
    received = b""
    while chunk := wire.recv(65536):
        received += chunk
    return received


def _read_until(wire: socket.socket, end: bytes) -> bytes:
    received = b""
    while end not in received:
        chunk = wire.recv(65536)
        assert chunk, received
        received += chunk
    return received


def test_pipelined_requests_are_answered_in_order_even_when_the_first_is_slow(
    aws: RunningSandbox, wire: socket.socket
) -> None:
    aws.turn(iot_latency_for={"a": 20.0})
    wire.sendall(
        b"".join(GET % name for name in (b"a", b"b", b"c")) * 10
        + GET.replace(b"Host", b"Connection: close\r\nHost") % b"a"
    )
    received = _read_until_closed(wire)
    parts = received.split(b"HTTP/1.1 200 OK")[1:]
    order = [part.partition(b'"reported":{"name":"')[2][:1] for part in parts]
    assert order == [b"a", b"b", b"c"] * 10 + [b"a"]


def test_a_connection_is_kept_until_the_client_asks_to_close_it(wire: socket.socket) -> None:
    wire.sendall(GET % b"a")
    assert b"Connection: keep-alive" in _read_until(wire, b'"timestamp"')
    wire.sendall((GET % b"b").replace(b"Host: x", b"Host: x\r\nConnection: close"))
    assert b"Connection: close" in _read_until_closed(wire)


def test_a_chunked_body_and_expect_100_continue_are_understood(aws: RunningSandbox, wire: socket.socket) -> None:
    wire.sendall(
        b"POST /2015-03-31/functions/shadow_to_eventbridge/invocations HTTP/1.1\r\nHost: x\r\nAuthorization: x\r\n"
        b"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
    )
    assert b"100 Continue" in _read_until(wire, b"\r\n\r\n")
    wire.sendall(b"5\r\n[1,2,\r\n2\r\n3]\r\n0\r\n\r\n")
    assert b"200 OK" in _read_until(wire, b'{"statusCode":200}')
    assert aws.invocations()[0]["payload"] == b"[1,2,3]"


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"GET\r\n\r\n", b"POST / HTTP/9.9\r\n\r\n"]
)
def test_what_is_not_http_is_answered_400_and_hung_up_on(wire: socket.socket, garbage: bytes) -> None:
    wire.sendall(garbage)
    assert _read_until_closed(wire).startswith(b"HTTP/1.1 400 Bad Request")


def test_the_answer_to_head_has_no_body(wire: socket.socket) -> None:
    wire.sendall(b"HEAD /sandbox/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert _read_until_closed(wire).endswith(b"\r\n\r\n")
