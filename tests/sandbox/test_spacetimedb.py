from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox import RunningSandbox
from tests.sandbox.clients import control, http_request
from tests.sandbox.spacetimedb_client import DATABASE, EVENT, JSON, REDUCER, call, owner, sql

DAY = 24 * 3600
COUNT = b"SELECT COUNT(*) AS n FROM device_named_shadow"


def new_identity(aws: RunningSandbox) -> dict[str, str]:
    status, _, answer = http_request(aws.url, "POST", "/v1/identity", headers={})
    assert status == 200
    found: dict[str, str] = json.loads(answer)
    return found


def landed(aws: RunningSandbox) -> list[tuple[str, str, int, str | None, str | None]]:
    return [(row.thing_name, row.shadow_name, row.version, row.reported, row.desired) for row in aws.rows()]


def test_a_call_of_the_reducer_lands_a_row_and_answers_200_with_nothing_in_it(aws: RunningSandbox) -> None:
    status, headers, body = http_request(aws.url, "POST", REDUCER, json.dumps(EVENT).encode(), {**owner(aws), **JSON})
    assert (status, body) == (200, b"")
    assert landed(aws) == [("lock", "config", 12, '{"a":1}', None)]
    assert headers["spacetime-identity"].startswith("c200")
    assert headers["spacetime-identity-token"] == aws.spacetimedb_token
    assert {"spacetime-energy-used", "spacetime-execution-duration-micros"} <= headers.keys()
    assert "x-amzn-requestid" not in headers


@pytest.mark.parametrize(
    ("option", "kept"),
    [
        ({"some": "{}"}, "{}"),
        ([0, "{}"], "{}"),
        ({"none": []}, None),
        ([1, []], None),
        (None, None),
    ],
)
def test_an_option_can_be_spelled_in_every_way_that_spacetimedb_reads(
    aws: RunningSandbox, option: Any, kept: str | None
) -> None:
    assert call(aws, ["lock", "config", 1, option, None]) == (200, "")
    assert landed(aws) == [("lock", "config", 1, kept, None)]


def test_arguments_can_be_an_object_with_their_names(aws: RunningSandbox) -> None:
    names = ("thing_name", "shadow_name", "version", "reported", "desired")
    assert call(aws, dict(zip(names, EVENT, strict=True)))[0] == 200
    assert landed(aws) == [("lock", "config", 12, '{"a":1}', None)]


@pytest.mark.parametrize(
    "arguments",
    [
        ["lock", "config", 12, "{}", None],
        ["lock", "config", "12", None, None],
        ["lock", "config", 12.0, None, None],
        ["lock", "config", True, None, None],
        ["lock", "config", -1, None, None],
        ["lock", "config", 2**64, None, None],
        ["lock", 5, 12, None, None],
        ["lock", "config", 12, {"some": 5}, None],
        ["lock", "config", 12, {"none": ["x"]}, None],
        ["lock", "config", 12, [2, "x"], None],
        ["lock", "config", 12, None],
        ["lock", "config", 12, None, None, None],
        {"thing_name": "lock"},
        "lock",
        b"not json",
        b'["lock","config",12,{"some":"\\ud800"},null]',
        b"",
    ],
    ids=str,
)
def test_arguments_of_another_type_are_refused_and_nothing_lands(aws: RunningSandbox, arguments: Any) -> None:
    status, text = call(aws, arguments)
    assert status == 400
    assert text.startswith("invalid arguments for reducer upsert_device_named_shadow")
    assert aws.rows() == []


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 415),
        ("text/plain", 415),
        (None, 400),
    ],
)
def test_the_content_type_must_be_json_without_a_charset(
    aws: RunningSandbox, content_type: str | None, status: int
) -> None:
    given = {} if content_type is None else {"Content-Type": content_type}
    assert call(aws, EVENT, {**owner(aws), **given})[0] == status
    assert len(aws.rows()) == (status == 200)


@pytest.mark.parametrize(
    ("target", "status", "text"),
    [
        ("/v1/database/other/call/upsert_device_named_shadow", 404, "No such database."),
        (f"{DATABASE}/call/other", 404, "no such reducer"),
        (f"{DATABASE}/call/init", 400, "Cannot call lifecycle reducer init"),
    ],
)
def test_what_does_not_exist_or_is_not_for_callers_is_refused(
    aws: RunningSandbox, target: str, status: int, text: str
) -> None:
    assert call(aws, EVENT, target=target) == (status, text)


def test_the_database_that_there_is_can_be_named(aws: RunningSandbox) -> None:
    aws.turn(spacetimedb_database="locks")
    assert call(aws, EVENT)[0] == 404
    assert call(aws, EVENT, target="/v1/database/locks/call/upsert_device_named_shadow")[0] == 200


@pytest.mark.parametrize(
    ("authorization", "status"),
    [("Bearer invented", 401), ("Basic dG9rZW46eA==", 400), ("Bearer", 400), ("Bearer a b", 400)],
)
def test_a_token_of_another_server_is_401_and_a_header_that_holds_none_is_400(
    aws: RunningSandbox, authorization: str, status: int
) -> None:
    headers = {**JSON, "Authorization": authorization}
    assert call(aws, EVENT, headers)[0] == status
    assert sql(aws, "SELECT id FROM device_named_shadow", headers)[0] == status
    assert aws.rows() == []


def test_everybody_gets_an_identity_but_only_the_owner_can_write_or_read(aws: RunningSandbox) -> None:
    fresh = new_identity(aws)
    assert len(fresh["identity"]) == 64
    assert call(aws, EVENT)[0] == 200
    for headers in ({"Authorization": f"Bearer {fresh['token']}"}, {}):
        assert call(aws, EVENT, {**JSON, **headers}) == (530, "not the publisher of this module")
        status, text = sql(aws, "SELECT id FROM device_named_shadow", headers)
        assert status == 400
        assert text == "no such table: `device_named_shadow`. If the table exists, it may be marked private."
        assert "is not authorized to run SQL DML statements" in sql(aws, "DELETE FROM device_named_shadow", headers)[1]


def test_a_process_of_its_own_is_told_the_owners_token(aws: RunningSandbox) -> None:
    status, told = control(aws.url, "GET", "spacetimedb")
    assert (status, told["database"], told["token"]) == (200, "shadows", aws.spacetimedb_token)
    _, headers, _ = http_request(aws.url, "POST", f"{DATABASE}/sql", COUNT, owner(aws))
    assert headers["spacetime-identity"] == told["identity"]


@pytest.mark.parametrize("names", [["", "config"], ["lock", ""]])
def test_the_reducer_throws_at_a_name_that_is_empty(aws: RunningSandbox, names: list[str]) -> None:
    assert call(aws, [*names, 1, None, None]) == (530, "names required")


@pytest.mark.parametrize(
    ("version", "age", "kept"),
    [(11, 0, 12), (11, DAY - 60, 12), (11, DAY + 60, 11), (12, 0, 12), (13, 0, 13), (2**64 - 1, 0, 2**64 - 1)],
)
def test_a_lower_version_takes_the_place_of_a_row_only_after_a_day(
    aws: RunningSandbox, version: int, age: int, kept: int
) -> None:
    aws.put_row("lock", "config", 12, "old", age_seconds=age)
    assert call(aws, ["lock", "config", version, {"some": "new"}, None]) == (200, "")
    (row,) = aws.rows("lock")
    assert (row.version, row.reported) == (kept, "new" if kept == version else "old")


def test_a_body_above_two_megabytes_is_too_large(aws: RunningSandbox) -> None:
    assert call(aws, ["lock", "config", 1, {"some": "x" * 2 * 1024 * 1024}, None])[0] == 413
    assert aws.rows() == []


def test_only_post_is_answered(aws: RunningSandbox) -> None:
    for target in ("/v1/identity", REDUCER, f"{DATABASE}/sql"):
        assert http_request(aws.url, "GET", target, headers={})[0] == 405
    assert http_request(aws.url, "POST", "/v1/other", headers={})[0] == 404


def test_rows_go_with_the_shadows_when_everything_is_reset(aws: RunningSandbox) -> None:
    token = aws.spacetimedb_token
    aws.put_row("lock", "config", 1)
    aws.put_row("lock", "state", 1)
    aws.delete_row("lock", "state")
    aws.reset()
    assert len(aws.rows()) == 1
    aws.reset(shadows=True)
    assert aws.rows() == []
    assert aws.spacetimedb_token == token
