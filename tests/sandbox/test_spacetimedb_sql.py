from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox import RunningSandbox
from tests.sandbox.clients import http_request
from tests.sandbox.spacetimedb_client import DATABASE, owner, selected, sql

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@pytest.fixture
def filled(aws: RunningSandbox) -> RunningSandbox:
    aws.put_row("lock", "config", 12, '{"a":1}')
    aws.put_row("lock", "empty", 3)
    aws.put_row("it's", "state", 2**64 - 1, desired="{}")
    return aws


def test_a_row_is_an_array_in_the_order_of_a_schema_that_names_and_types_its_columns(filled: RunningSandbox) -> None:
    status, result = sql(filled, "SELECT * FROM device_named_shadow WHERE shadow_name = 'config'")
    assert status == 200
    string: dict[str, Any] = {"String": []}
    option = {
        "Sum": {
            "variants": [
                {"name": {"some": "some"}, "algebraic_type": string},
                {"name": {"some": "none"}, "algebraic_type": {"Product": {"elements": []}}},
            ]
        }
    }
    micros = {"name": {"some": "__timestamp_micros_since_unix_epoch__"}, "algebraic_type": {"I64": []}}
    types = {
        "id": string,
        "thing_name": string,
        "shadow_name": string,
        "version": {"U64": []},
        "reported": option,
        "desired": option,
        "updated_at": {"Product": {"elements": [micros]}},
    }
    assert result["schema"] == {
        "elements": [{"name": {"some": name}, "algebraic_type": type_} for name, type_ in types.items()]
    }
    (row,) = filled.rows("lock")[:1]
    assert result["rows"] == [["lock/config", "lock", "config", 12, [0, '{"a":1}'], [1, []], [row.updated_at]]]
    assert result["stats"] == {"rows_inserted": 0, "rows_deleted": 0, "rows_updated": 0}
    assert result["total_duration_micros"] >= 0


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT shadow_name, version FROM device_named_shadow WHERE thing_name = 'it''s'", [["state", 2**64 - 1]]),
        ("select version from device_named_shadow where version < 12;", [[3]]),
        ("SELECT version FROM device_named_shadow WHERE version >= 18446744073709551615", [[2**64 - 1]]),
        ("SELECT version FROM device_named_shadow WHERE 12 > version", [[3]]),
        ("SELECT version FROM device_named_shadow WHERE shadow_name != 'config' AND thing_name <> 'it''s'", [[3]]),
        (
            "SELECT version FROM device_named_shadow WHERE thing_name = 'x' OR version = 3 AND thing_name = 'lock'",
            [[3]],
        ),
        ("SELECT version FROM device_named_shadow WHERE (thing_name='lock' OR version=3) AND version<=3", [[3]]),
        ('SELECT "version" AS "n o" FROM "device_named_shadow" WHERE device_named_shadow.version = 3', [[3]]),
        ("SELECT count(*) AS n FROM device_named_shadow WHERE thing_name = 'lock'", [[2]]),
        ("SELECT version FROM device_named_shadow WHERE updated_at < '2020-01-01T00:00:00Z'", []),
        ("SELECT version FROM device_named_shadow WHERE version = 3 AND updated_at > '2020-01-01T00:00:00Z'", [[3]]),
        ("SELECT id FROM device_named_shadow LIMIT 0", []),
    ],
)
def test_the_subset_of_sql_selects(filled: RunningSandbox, query: str, rows: list[list[Any]]) -> None:
    assert selected(filled, query) == rows


def test_limit_ends_the_rows(filled: RunningSandbox) -> None:
    assert len(selected(filled, "SELECT id FROM device_named_shadow LIMIT 2")) == 2


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("SELECT id FROM other", "no such table: `other`. If the table exists, it may be marked private."),
        ("SELECT id FROM Device_Named_Shadow", "no such table: `Device_Named_Shadow`"),
        ("SELECT nope FROM device_named_shadow", "`nope` is not in scope"),
        ("SELECT id FROM device_named_shadow WHERE Version = 1", "`Version` is not in scope"),
        ("SELECT other.id FROM device_named_shadow", "`other` is not in scope"),
        ("SELECT id FROM device_named_shadow; SELECT id FROM device_named_shadow", "Multiple SQL statements"),
        ("SELECT id FROM device_named_shadow WHERE version = '5'", "cannot be parsed as type `U64`"),
        ("SELECT id FROM device_named_shadow WHERE version = -1", "cannot be parsed as type `U64`"),
        ("SELECT id FROM device_named_shadow WHERE thing_name = 5", "cannot be parsed as type `String`"),
        ("SELECT id FROM device_named_shadow WHERE updated_at > 'today'", "cannot be parsed as type `Timestamp`"),
        ("SELECT id FROM device_named_shadow WHERE reported = '{}'", "cannot be parsed as type `Option<String>`"),
        ("SELECT id FROM device_named_shadow WHERE reported = desired", "Unsupported"),
        ("SELECT id FROM device_named_shadow WHERE thing_name = version", "Unexpected type"),
        ("SELECT id FROM device_named_shadow ORDER BY id", "Unsupported"),
        ("SELECT id FROM device_named_shadow WHERE id IN ('a')", "Unsupported"),
        ("SELECT id FROM device_named_shadow WHERE id LIKE 'a'", "Unsupported"),
        ("SELECT id FROM device_named_shadow WHERE reported IS NULL", "Unsupported"),
        ("SELECT id FROM device_named_shadow WHERE thing_name = 'it's'", "Unsupported"),
        ("SELECT count(*) FROM device_named_shadow", "Unsupported"),
        ("INSERT INTO device_named_shadow VALUES (1)", "call the reducer"),
        ("", "Unsupported"),
        ("SELECT id FROM device_named_shadow WHERE id = '" + "x" * 50_000 + "'", "maximum allowed length"),
        ("SELECT id FROM device_named_shadow WHERE " + "(id='a' OR " * 1500 + "id='b'" + ")" * 1500, "Recursion limit"),
    ],
    ids=lambda text: text[:70],
)
def test_anything_else_is_a_400_with_a_line_of_text(filled: RunningSandbox, query: str, error: str) -> None:
    status, text = sql(filled, query)
    assert status == 400
    assert error in text


def test_whether_to_wait_for_durability_is_true_or_false(filled: RunningSandbox) -> None:
    query = "SELECT id FROM device_named_shadow"
    for confirmed, status in (("true", 200), ("false", 200), ("maybe", 400)):
        assert sql(filled, query, target=f"{DATABASE}/sql?confirmed={confirmed}")[0] == status
    assert sql(filled, query, target="/v1/database/other/sql") == (404, "No such database.")


def test_the_answer_is_an_array_of_one_result(filled: RunningSandbox) -> None:
    query = b"SELECT id FROM device_named_shadow LIMIT 1"
    status, headers, answer = http_request(filled.url, "POST", f"{DATABASE}/sql", query, owner(filled))
    assert (status, headers["content-type"], len(json.loads(answer))) == (200, "application/json", 1)


def test_a_query_that_is_not_utf_8_is_refused(filled: RunningSandbox) -> None:
    assert http_request(filled.url, "POST", f"{DATABASE}/sql", b"SELECT '\xff'", owner(filled))[0] == 400


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(thing=TEXT)
def test_a_name_of_any_characters_is_found_by_its_doubled_quotes(aws: RunningSandbox, thing: str) -> None:
    aws.reset(shadows=True)
    aws.put_row(thing, "config", 1)
    aws.put_row(thing + "x", "config", 1)
    literal = thing.replace("'", "''")
    assert selected(aws, f"SELECT thing_name FROM device_named_shadow WHERE thing_name = '{literal}'") == [[thing]]
