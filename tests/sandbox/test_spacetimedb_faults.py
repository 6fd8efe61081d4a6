from __future__ import annotations

import http.client

import pytest
from pydantic import ValidationError

from sandbox import RunningSandbox
from tests.sandbox.spacetimedb_client import EVENT, call, sql

QUERY = "SELECT id FROM device_named_shadow"


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        ("throttle", 429, "Too Many Requests"),
        ("error", 500, "Internal Server Error"),
        ("unavailable", 503, "out of energy"),
        ("denied", 403, "refused the caller"),
        ("unauthorized", 401, "not signed by this instance"),
        ("energy", 402, "Module energy budget exhausted."),
        ("reducer", 530, "fatal error"),
        ("garbage", 200, "<html>"),
    ],
)
def test_a_scripted_fault_answers_as_spacetimedb_would_and_nothing_lands(
    aws: RunningSandbox, fault: str, status: int, text: str
) -> None:
    aws.fail_next("CallReducer", fault, shadow="config")
    assert call(aws, ["lock", "state", 1, None, None]) == (200, "")
    answered, body = call(aws, EVENT)
    assert answered == status
    assert text in body
    assert [row.shadow_name for row in aws.rows()] == ["state"]
    assert call(aws, EVENT) == (200, "")


def test_a_lost_answer_has_landed_and_a_reset_has_not(aws: RunningSandbox) -> None:
    for fault, rows in (("reset", 0), ("lost_answer", 1)):
        aws.fail_next("CallReducer", fault)
        with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
            call(aws, EVENT)
        assert len(aws.rows()) == rows


def test_queries_and_calls_fail_apart(aws: RunningSandbox) -> None:
    aws.fail_next("Sql", "energy")
    assert call(aws, EVENT)[0] == 200
    assert sql(aws, QUERY)[0] == 402
    assert sql(aws, QUERY)[0] == 200


def test_only_a_reducer_can_throw(aws: RunningSandbox) -> None:
    with pytest.raises(ValidationError, match="Sql can only go wrong by"):
        aws.fail_next("Sql", "reducer")


def test_its_knobs_are_its_own(aws: RunningSandbox) -> None:
    aws.turn(iot_error_rate=1.0, lambda_error_rate=1.0)
    assert call(aws, EVENT)[0] == 200
    aws.turn(spacetimedb_error_rate=1.0)
    assert call(aws, EVENT)[0] in (500, 503)
    aws.turn(spacetimedb_error_rate=0.0, spacetimedb_throttle_above=0.0)
    assert sql(aws, QUERY)[0] == 429
    counters = aws.counters()
    assert (counters["CallReducer"]["ok"], counters["CallReducer"]["errors"]) == (1, 1)
    assert counters["Sql"]["throttled"] == 1
