"""When a sync cannot be: the exit code says what kind of trouble it is, and the message what to do."""

import socket

import pytest

from tests.cli.conftest import Command
from tests.cli.service import Canned, Service, error

HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = b"<html><body><h1>Welcome to the proxy</h1></body></html>"


def test_a_thing_without_named_shadows_exits_with_1_and_the_services_words(service: Service, command: Command) -> None:
    service.canned.append(error(404, "The Thing lamp has no named shadows."))
    result = command("sync", "lamp")
    assert result.exit_code == 1
    assert "The Thing lamp has no named shadows." in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_exit_with_3_and_name_both_variables(
    service: Service, command: Command, status: int
) -> None:
    service.canned.append(error(status, "A valid bearer token and a valid API key are required."))
    result = command("sync", "lamp")
    assert result.exit_code == 3
    assert "SHADOW_SYNC_API_KEY" in result.stderr
    assert "SHADOW_SYNC_TOKEN" in result.stderr


def test_a_request_that_the_service_calls_bad_exits_with_2_and_names_the_field(
    service: Service, command: Command
) -> None:
    service.canned.append(error(400, "Not so.", details=[{"field": "thingName", "message": "too strange"}]))
    result = command("sync", "lamp")
    assert result.exit_code == 2
    assert "thingName: too strange" in result.stderr


def test_a_bug_of_the_service_exits_with_4_and_tells_the_request_id(service: Service, command: Command) -> None:
    service.canned.append(error(500, "Something went wrong."))
    result = command("sync", "lamp")
    assert result.exit_code == 4
    assert "req_1" in result.stderr
    assert len(service.seen) == 1


def test_a_service_that_stays_away_exits_with_4(service: Service, command: Command) -> None:
    service.canned.extend([error(503, "The job store cannot be reached.")] * 10)
    result = command("sync", "lamp", "--timeout", "1")
    assert result.exit_code == 4
    assert "The job store cannot be reached." in result.stderr


def test_a_rate_limit_is_obeyed_instead_of_asking_faster(service: Service, command: Command) -> None:
    limited = error(429, "Too many requests.")
    service.canned.append(Canned(429, limited.body, {"Retry-After": "60"}))
    result = command("sync", "lamp", "--timeout", "5")
    assert result.exit_code == 4
    assert len(service.seen) == 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Canned(200, PAGE, HTML), 4),
        (Canned(404, PAGE, HTML), 4),
        (Canned(403, PAGE, HTML), 3),
        (Canned(200, b'{"success": true}', {}), 4),
        (Canned(200, b'{"success": true, "shadows": [{}]}', {}), 4),
        (Canned(200, b"[" * 100_000, {}), 4),
        (Canned(200, b"\xff\xfe\x00", {"Content-Type": "application/json"}), 4),
        (Canned(302, b"", {"Location": "https://login.example/"}), 4),
        (Canned(200, b"not gzip", {"Content-Encoding": "gzip"}), 4),
        (Canned(500, b"", {}), 4),
    ],
    ids=["page", "page-404", "page-403", "half", "nameless", "deep", "bytes", "redirect", "gzip", "empty-500"],
)
def test_what_is_not_the_services_answer_ends_in_a_message_about_the_url_not_in_a_traceback(
    service: Service, command: Command, answer: Canned, code: int
) -> None:
    service.canned.extend([answer] * 4)
    result = command("sync", "lamp")
    assert result.exit_code == code
    assert service.url in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_redirect_is_not_followed_since_the_key_would_go_along(service: Service, command: Command) -> None:
    service.canned.append(Canned(307, b"", {"Location": f"{service.url}/elsewhere"}))
    result = command("sync", "lamp")
    assert len(service.seen) == 1
    assert f"{service.url}/elsewhere" in result.stderr


def test_a_server_that_does_not_speak_http_exits_with_4(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        # Connections are taken by the backlog and never answered: the timeout counts.
        result = command("sync", "lamp", "--timeout", "1", SHADOW_SYNC_URL=f"http://{host}:{port}")
    assert result.exit_code == 4
    assert "No answer in time" in result.stderr


def test_a_refused_connection_exits_with_4_and_says_to_start_the_service(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    result = command("sync", "lamp", SHADOW_SYNC_URL=f"http://127.0.0.1:{port}")
    assert result.exit_code == 4
    assert "is the service running" in result.stderr


def test_a_host_that_does_not_resolve_exits_with_4_and_names_the_variable(command: Command) -> None:
    result = command("sync", "lamp", SHADOW_SYNC_URL="http://no-such-host.invalid")
    assert result.exit_code == 4
    assert "SHADOW_SYNC_URL" in result.stderr


@pytest.mark.parametrize("missing", ["SHADOW_SYNC_URL", "SHADOW_SYNC_API_KEY", "SHADOW_SYNC_TOKEN"])
def test_what_is_missing_is_named_and_exits_with_2(command: Command, missing: str) -> None:
    for nothing in (None, "", "  "):
        result = command("sync", "lamp", **{missing: nothing})
        assert result.exit_code == 2
        assert missing in result.stderr


@pytest.mark.parametrize("thing", ["", "John Doe", "..", "a/b", "a%2Fb", "ä", "x" * 129, "a\n"])
def test_what_no_thing_can_be_called_exits_with_2_and_is_not_sent(
    service: Service, command: Command, thing: str
) -> None:
    result = command("sync", "--", thing)
    assert result.exit_code == 2
    assert "Thing name" in result.stderr
    assert service.seen == []


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://host", "http://", "http://a b", "http://h/?q=1", "http://user:hunter2@host"]
)
def test_a_url_that_cannot_be_right_exits_with_2_and_is_not_echoed(command: Command, url: str) -> None:
    result = command("sync", "lamp", SHADOW_SYNC_URL=url)
    assert result.exit_code == 2
    assert "SHADOW_SYNC_URL" in result.stderr
    assert "hunter2" not in result.stderr


@pytest.mark.parametrize("key", ["secret\r\nX-Injected:1", "secret secret", "secrét"])
def test_a_key_that_no_header_can_carry_exits_with_2_without_being_shown(
    service: Service, command: Command, key: str
) -> None:
    result = command("sync", "lamp", SHADOW_SYNC_API_KEY=key)
    assert result.exit_code == 2
    assert "SHADOW_SYNC_API_KEY" in result.stderr
    assert "secr" not in result.stderr
    assert service.seen == []


def test_a_newline_at_the_end_of_a_key_as_files_have_it_does_no_harm(service: Service, command: Command) -> None:
    assert command("sync", "lamp", SHADOW_SYNC_API_KEY="the-key\n").exit_code == 0


def test_text_of_the_service_cannot_drive_the_terminal(service: Service, command: Command) -> None:
    service.canned.append(error(404, "gone\x1b[2J\r\nError: all delivered"))
    result = command("sync", "lamp")
    assert "\x1b" not in result.stderr
    assert len(result.stderr.splitlines()) == 1
