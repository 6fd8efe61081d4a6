"""HTTP exchanges: what is sent arrives, once, and whatever goes wrong is told as botocore tells it, in time."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import takewhile

import pytest
from botocore import exceptions as boto
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import free_port
from tests.worker.trickling import trickling
from worker.exchanges import Exchanges

SECONDS = 0.5
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Kind: plain\r\n\r\nok"
BREAK = None


@dataclass
class Server:
    """Answers the requests of each connection with what the script has for them; BREAK closes it without an answer."""

    script: Callable[[bytes, int], bytes | None]
    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    def serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError), connection.makefile("rb") as stream:
            for number in range(1_000):
                head = b"".join(takewhile(lambda line: line != b"\r\n", stream))
                if not head:
                    return
                sizes = [int(line[15:]) for line in head.splitlines() if line.lower().startswith(b"content-length:")]
                request = head + b"\r\n" + stream.read(sizes[0] if sizes else 0)
                self.requests.append(request)
                answer = self.script(request, number)
                if answer is None:
                    return
                connection.sendall(answer)


@contextmanager
def serving(script: Callable[[bytes, int], bytes | None]) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(script, url=f"http://127.0.0.1:{listener.getsockname()[1]}/path")
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


@pytest.fixture
def exchanges() -> Exchanges:
    return Exchanges(connect_timeout=SECONDS, read_timeout=SECONDS, ca_bundle=None)


def test_one_connection_serves_one_request_after_another(exchanges: Exchanges) -> None:
    with serving(lambda *_: OK) as server:
        answers = [exchanges.exchange("GET", server.url, {"X-Number": str(number)}, b"") for number in range(5)]

    assert [(one.status_code, one.content, one.headers["x-kind"]) for one in answers] == [(200, b"ok", "plain")] * 5
    assert server.connections == 1
    assert [b"X-Number: %d\r\n" % number in request for number, request in enumerate(server.requests)] == [True] * 5


def test_threads_have_a_connection_each(exchanges: Exchanges) -> None:
    together = threading.Barrier(8, timeout=10)

    def ask(_: int) -> bytes:
        together.wait()
        return exchanges.exchange("GET", server.url, {}, b"").content

    with serving(lambda *_: OK) as server, ThreadPoolExecutor(8) as threads:
        for _ in range(3):
            assert list(threads.map(ask, range(8))) == [b"ok"] * 8

    assert server.connections <= 8


@given(body=st.binary(max_size=70_000))
def test_a_body_arrives_as_it_is_with_no_header_about_its_kind(body: bytes) -> None:
    exchanges = Exchanges(connect_timeout=5.0, read_timeout=5.0, ca_bundle=None)
    with serving(lambda *_: OK) as server:
        exchanges.exchange("POST", server.url, {"X-One": "1"}, body)

    [request] = server.requests
    head, _, sent = request.partition(b"\r\n\r\n")
    assert sent == body
    first, *lines = head.split(b"\r\n")
    assert first == b"POST /path HTTP/1.1"
    assert {line.partition(b":")[0].lower() for line in lines if line} == {
        *(b"host", b"user-agent", b"accept", b"x-one", b"content-length"),
    }


def test_a_post_on_a_kept_connection_that_breaks_is_sent_once(exchanges: Exchanges) -> None:
    """What was asked for may have been done."""
    with serving(lambda _, number: OK if number == 0 else BREAK) as server:
        exchanges.exchange("POST", server.url, {}, b"first")

        with pytest.raises(boto.ConnectionClosedError):
            exchanges.exchange("POST", server.url, {}, b"second")

    assert [request.rpartition(b"\r\n")[2] for request in server.requests] == [b"first", b"second"]


def test_a_get_on_a_kept_connection_that_breaks_is_sent_on_another(exchanges: Exchanges) -> None:
    with serving(lambda _, number: OK if number == 0 else BREAK) as server:
        answers = [exchanges.exchange("GET", server.url, {}, b"").content for _ in range(2)]

    assert answers == [b"ok", b"ok"]
    assert (len(server.requests), server.connections) == (3, 2)


@pytest.mark.parametrize(
    "answer",
    [BREAK, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", b"SSH-2.0-OpenSSH_9.2\r\n", b"\0" * 200],
    ids=["none", "cut short", "another protocol", "garbage"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_is_none_is_told_as_a_broken_connection(
    exchanges: Exchanges, method: str, answer: bytes | None
) -> None:
    def script(_: bytes, number: int) -> bytes | None:
        return answer if number == 0 else BREAK

    with serving(script) as server, pytest.raises(boto.HTTPClientError):
        exchanges.exchange(method, server.url, {}, b"")


def test_what_came_before_the_answer_is_none_of_it(exchanges: Exchanges) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nX-Kind: early\r\nX-Early: 1\r\n\r\n"
    with serving(lambda *_: early + OK) as server:
        answer = exchanges.exchange("GET", server.url, {}, b"")

    assert (answer.status_code, answer.headers["X-Kind"], "X-Early" in answer.headers) == (200, "plain", False)


def test_nothing_is_followed(exchanges: Exchanges) -> None:
    with serving(lambda *_: b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n") as server:
        assert exchanges.exchange("GET", server.url, {}, b"").status_code == 302

    assert len(server.requests) == 1


def test_no_proxy_is_used_but_by_botocore(exchanges: Exchanges, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")

    with serving(lambda *_: OK) as server:
        assert exchanges.exchange("GET", server.url, {}, b"").content == b"ok"


@pytest.mark.parametrize("value", ["token\n", "a\r\nX-Further: 1", "a\0b"])
def test_a_header_that_would_become_two_is_not_sent(exchanges: Exchanges, value: str) -> None:
    with serving(lambda *_: OK) as server, pytest.raises(boto.InvalidConfigError):
        exchanges.exchange("GET", server.url, {"X-Amz-Security-Token": value}, b"")

    assert server.requests == []


def test_nobody_there(exchanges: Exchanges) -> None:
    with pytest.raises(boto.EndpointConnectionError):
        exchanges.exchange("GET", f"http://127.0.0.1:{free_port()}/", {}, b"")


def test_a_name_that_nobody_knows(exchanges: Exchanges) -> None:
    with pytest.raises((boto.EndpointConnectionError, boto.ConnectTimeoutError)):
        exchanges.exchange("GET", "http://lambda.invalid/", {}, b"")


def test_an_answer_that_trickles_ends_with_the_time_out(exchanges: Exchanges) -> None:
    with trickling() as url:
        began = time.monotonic()
        with pytest.raises(boto.ReadTimeoutError):
            exchanges.exchange("GET", url, {}, b"")

    assert time.monotonic() - began < 10 * SECONDS


def test_after_an_error_the_next_exchange_is_a_good_one(exchanges: Exchanges) -> None:
    with trickling() as url, pytest.raises(boto.ReadTimeoutError):
        exchanges.exchange("GET", url, {}, b"")

    with serving(lambda *_: OK) as server:
        assert exchanges.exchange("GET", server.url, {}, b"").content == b"ok"
