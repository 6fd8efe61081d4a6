"""Whatever is wrong with a request gets an error in the published shape, and nothing is stored."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.door import Answer, Door
from tests.api.jobs import Jobs

PATH = "/admin/shadow-sync/hub-1"
JSON = {"Content-Type": "application/json"}


def assert_published_error(answer: Answer, status: int, error: str, field: str | None = None) -> None:
    body: dict[str, Any] = answer.json
    assert answer.status == status
    details = body.pop("details", None)
    message, request_id = body.pop("message"), body.pop("requestId")
    assert body == {"success": False, "error": error, "code": status}
    assert message
    assert re.fullmatch("req_[0-9a-f]{24}", request_id)
    assert answer.headers["X-Request-Id"] == request_id
    assert [detail["field"] for detail in details or []] == ([field] if field else [])
    assert all(detail["message"] for detail in details or [])


@pytest.mark.parametrize(
    "escaped",
    [
        pytest.param("", id="empty"),
        pytest.param("a" * 129, id="129 characters"),
        pytest.param("John%20Doe", id="space"),
        pytest.param("a/b", id="slash"),
        pytest.param("a/", id="slash at the end"),
        pytest.param("/a", id="slash at the start"),
        pytest.param("a%2Fb", id="escaped slash"),
        pytest.param("%2F", id="only an escaped slash"),
        pytest.param("..%2f..%2fetc", id="parent folders"),
        pytest.param("caf%C3%A9", id="unicode"),
        pytest.param("%EF%BC%A1", id="full-width A"),
        pytest.param("%ff%fe", id="not UTF-8"),
        pytest.param("a%00b", id="NUL"),
        pytest.param("hub-1%00", id="NUL at the end"),
        pytest.param("hub-1%0A", id="newline at the end"),
        pytest.param("%0d%0aX:y", id="header injection"),
        pytest.param("a%252Fb", id="escaped twice"),
        pytest.param("a.b", id="dot"),
        pytest.param("*", id="star"),
        pytest.param("a;b", id="semicolon"),
    ],
)
def test_an_illegal_thing_name_is_refused(door: Door, jobs: Jobs, escaped: str) -> None:
    answer = door.ask("POST", f"/admin/shadow-sync/{escaped}")
    assert_published_error(answer, 400, "Bad Request", "thingName")
    assert jobs.ids() == []


@pytest.mark.parametrize("name", ["a", "a" * 128, "Hub:1_a-Z", "-", "0"])
def test_a_legal_thing_name_is_taken(door: Door, name: str) -> None:
    assert door.sync(name).json["thingName"] == name


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=140) | st.from_regex(r"[a-zA-Z0-9:_-]{1,128}", fullmatch=True))
def test_a_name_is_taken_if_and_only_if_it_is_one_of_aws(door: Door, name: str) -> None:
    legal = 1 <= len(name) <= 128 and all(c.isascii() and (c.isalnum() or c in ":_-") for c in name)
    answer = door.sync(quote(name.encode("utf-8", "surrogatepass"), safe=""))
    assert answer.status == (202 if legal else 400)
    if legal:
        assert answer.json["thingName"] == name


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize(
    "prefer",
    ["wait=abc", "wait=-1", "wait=1.5", "wait", "wait=", "respond-async, wait=x", "WAIT=+1", 'wait="ten"'],
)
def test_a_wait_that_is_not_a_number_of_seconds_is_refused(door: Door, jobs: Jobs, method: str, prefer: str) -> None:
    path = PATH if method == "POST" else f"/admin/shadow-sync-jobs/{'0' * 32}"
    answer = door.ask(method, path, headers={"Prefer": prefer})
    assert_published_error(answer, 400, "Bad Request", "Prefer")
    assert jobs.ids() == []


@pytest.mark.parametrize(
    "job_id",
    [
        pytest.param("0" * 32, id="unknown"),
        pytest.param("garbage", id="garbage"),
        pytest.param("F" * 32, id="upper case"),
        pytest.param("%00", id="NUL"),
        pytest.param("a" * 3000, id="long"),
        pytest.param("*", id="star"),
        pytest.param("a/b", id="slash"),
        pytest.param("", id="empty"),
    ],
)
def test_an_unknown_job_is_not_found(door: Door, job_id: str) -> None:
    assert_published_error(door.job(job_id), 404, "Not Found")


def test_a_job_id_cannot_reach_other_keys_of_the_store(door: Door) -> None:
    job_id = door.sync("hub-1").json["jobId"]
    assert_published_error(door.job(f"{job_id}:thing:hub-1"), 404, "Not Found")


@pytest.mark.parametrize("body", [None, "", " \r\n", "{}", " {} "], ids=["none", "empty", "blank", "object", "spaced"])
def test_a_body_that_asks_for_nothing_is_fine(door: Door, body: str | None) -> None:
    assert door.ask("POST", PATH, headers=JSON, body=body).status == 202


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param("{", "body", id="half an object"),
        pytest.param("nonsense", "body", id="not JSON"),
        pytest.param("[]", "body", id="array"),
        pytest.param("null", "body", id="null"),
        pytest.param('"{}"', "body", id="string"),
        pytest.param(b"\xff{}", "body", id="not UTF-8"),
        pytest.param("[" * 60_000, "body", id="deeply nested"),
        pytest.param("1" * 60_000, "body", id="huge number"),
        pytest.param('{"shadows": ["door"]}', "shadows", id="unknown option"),
    ],
)
def test_a_malformed_body_is_refused(door: Door, jobs: Jobs, body: str | bytes, field: str) -> None:
    assert_published_error(door.ask("POST", PATH, headers=JSON, body=body), 400, "Bad Request", field)
    assert jobs.ids() == []


def test_an_option_in_the_query_is_refused(door: Door, jobs: Jobs) -> None:
    assert_published_error(door.ask("POST", f"{PATH}?shadow=door"), 400, "Bad Request", "shadow")
    assert jobs.ids() == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_a_body_that_is_not_said_to_be_json_is_refused(door: Door, jobs: Jobs, content_type: str) -> None:
    answer = door.ask("POST", PATH, headers={"Content-Type": content_type}, body="{}")
    assert_published_error(answer, 415, "Unsupported Media Type")
    assert jobs.ids() == []


@pytest.mark.parametrize("size", [64 * 1024 + 1, 10_000_000])
@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
def test_a_body_that_is_too_large_is_refused(door: Door, jobs: Jobs, size: int, chunked: bool) -> None:
    blank = b" " * size
    headers = JSON | ({"Transfer-Encoding": "chunked"} if chunked else {})
    body = iter([blank[at : at + 65536] for at in range(0, size, 65536)]) if chunked else blank
    answer = door.ask("POST", PATH, headers=headers, body=body, chunked=chunked)
    assert_published_error(answer, 413, "Request Entity Too Large")
    assert answer.seconds < 10
    assert jobs.ids() == []


def test_a_body_as_large_as_may_be_is_read(door: Door) -> None:
    assert door.ask("POST", PATH, headers=JSON, body=b" " * (64 * 1024)).status == 202


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", PATH, {"POST", "OPTIONS"}),
        ("DELETE", PATH, {"POST", "OPTIONS"}),
        ("POST", f"/admin/shadow-sync-jobs/{'0' * 32}", {"GET", "HEAD", "OPTIONS"}),
        ("TRACE", "/healthz", {"GET", "HEAD", "OPTIONS"}),
        ("BREW", "/docs", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_method_that_a_path_does_not_take_is_named(door: Door, method: str, path: str, allowed: set[str]) -> None:
    answer = door.ask(method, path)
    assert_published_error(answer, 405, "Method Not Allowed")
    assert set(answer.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    "path",
    ["/", "/nowhere", "/admin", "/admin/", "/admin/users", "/healthz/", "/static/x", "/admin//shadow-sync-jobs/x"],
)
def test_a_path_that_leads_nowhere_is_not_found_and_redirects_nowhere(door: Door, path: str) -> None:
    assert_published_error(door.ask("GET", path), 404, "Not Found")


def test_options_are_answered_without_a_body(door: Door) -> None:
    answer = door.ask("OPTIONS", PATH)
    assert (answer.status, answer.body) == (204, b"")
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


def test_head_is_get_without_the_body(door: Door) -> None:
    job_id = door.sync().json["jobId"]
    answer = door.ask("HEAD", f"/admin/shadow-sync-jobs/{job_id}")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0
