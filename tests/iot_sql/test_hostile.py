"""Whatever the statement and whatever the message: it ends, soon, in a value or in a SqlError."""

import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_sql import Context, LimitError, Rule, SqlError, evaluate, render_template, to_json
from iot_sql.functions.registry import names
from tests.iot_sql.strategies import JSON_VALUES

VERSIONS = st.sampled_from(["2015-10-08", "2016-03-23"])
WORDS = st.sampled_from(
    [
        *("SELECT", "FROM", "WHERE", "VALUE", "SET", "AS", "AND", "OR", "NOT", "CASE", "WHEN", "THEN", "ELSE", "END"),
        *(
            "TRUE",
            "NULL",
            "topic",
            "get",
            "a",
            "b.c",
            "@a",
            "'x'",
            '"y"',
            "'a/#'",
            "1",
            "2.5",
            "1e9",
            "\\",
            "\0",
            "\ud800",
        ),
        *".,()[]{}:'\"=<>+-/%*é",
    ]
)
OPERATORS = st.sampled_from(["+", "-", "*", "/", "%", "=", "<>", "<", ">=", "AND", "OR"])
LITERALS = st.sampled_from(
    ["1", "-2.5", "1e999", "'a'", "'[0-9'", "'5'", "null", "true", "a", "b.c", "*", "missing", "[1, a]"]
)


def _composed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arguments = st.lists(inner, max_size=4).map(", ".join)
    return (
        st.builds("{}({})".format, st.sampled_from(names()), arguments)
        | st.builds("({} {} {})".format, inner, OPERATORS, inner)
        | st.builds("(NOT {})".format, inner)
        | st.builds("CASE {} WHEN {} THEN {} ELSE {} END".format, inner, inner, inner, inner)
        | st.builds("[{}]".format, arguments)
        | st.builds("{{'k': {}}}.k".format, inner)
        | st.builds("(SELECT VALUE {} FROM {} WHERE {})".format, inner, inner, inner)
        | st.builds("cast({} AS {})".format, inner, st.sampled_from(["Int", "Decimal", "String", "Boolean"]))
    )


EXPRESSIONS = st.recursive(LITERALS, _composed, max_leaves=12)
CONTEXT = Context(
    account_id="1", client_id="c", principal="p", source_ip="::1", trace_id="t", protocol="MQTT", now_ms=1
)


def ends(sql: str, payload: Any, version: str) -> None:
    with suppress(SqlError):
        value = evaluate(sql, payload, topic="a/b", version=version, context=CONTEXT)
        if isinstance(value, dict):
            to_json(value)


@given(st.text() | st.lists(WORDS, max_size=20).map(" ".join), VERSIONS)
def test_any_text(sql: str, version: str) -> None:
    ends(sql, {"a": 1}, version)
    with suppress(SqlError):
        render_template(sql, {"a": 1}, version=version)


@settings(max_examples=300)
@given(EXPRESSIONS, JSON_VALUES | st.dictionaries(st.sampled_from("abc"), JSON_VALUES, max_size=3), VERSIONS)
def test_any_expression_over_any_message(expression: str, payload: Any, version: str) -> None:
    ends(f"SET @a = {expression} SELECT @a AS x, * FROM '#' WHERE isUndefined(@a) OR true", payload, version)
    ends(f"SELECT *, {expression} AS x.y FROM '#'", payload, version)


@given(st.binary(max_size=200) | JSON_VALUES.map(lambda value: to_json(value).encode(errors="replace")), VERSIONS)
def test_any_bytes(raw: bytes, version: str) -> None:
    for sql in (
        "SELECT * FROM 'a'",
        "SELECT a, encode(*, 'base64') AS b FROM 'a'",
        "SELECT encode(*, 'base64') AS b FROM 'a'",
    ):
        ends(sql, raw, version)


DOUBLING = "SET @a = [*, *, *, *], @b = [@a, @a, @a, @a], @c = [@b, @b, @b, @b], @d = [@c, @c, @c, @c]"
BOMBS = {
    "doubling strings": "SET @a = lpad('x', 1000), @b = @a + @a + @a + @a, @c = @b + @b + @b + @b "
    "SELECT " + "+".join(["@c"] * 2000) + " AS x",
    "doubling arrays": f"{DOUBLING} SELECT [" + ",".join(["@d"] * 3000) + "] AS x",
    "many copies of the message": "SELECT " + ", ".join(f"* AS a{n}" for n in range(3000)) + " FROM 'a'",
    "rows of rows": "SELECT (SELECT VALUE (SELECT VALUE (SELECT VALUE 1 FROM @r) FROM @r) FROM @r) AS x".replace(
        "SELECT (", "SET @r = rows SELECT (", 1
    ),
    "long functions": "SELECT " + ", ".join(f"lpad('x', 1000) + lpad('y', {n}) AS a{n}" for n in range(2000)),
    "catastrophic regular expression": "SELECT regexp_matches(evil, '(a+)+$') AS x",
    "nested quantifiers": "SELECT regexp_replace(evil, '(((a{1,100}){1,100}){1,100}){1,100}b', 'x') AS x",
    "a slow function many times": "SELECT " + ", ".join(f"md2(long) AS a{n}" for n in range(4000)),
    "comparing shared arrays": f"{DOUBLING} SELECT [@d, @d, @d] = [@d, @d, @d] AS x",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_go_off_within_limits(name: str) -> None:
    message = {"rows": list(range(1000)), "evil": "a" * 5000 + "b!", "text": "x" * 2000, "long": "x" * 100_000}
    began = time.process_time()
    with suppress(SqlError):
        evaluate(BOMBS[name], message)
    # Not a measurement: without its limit each of these takes minutes, or all memory.
    assert time.process_time() - began < 20


@pytest.mark.parametrize("name", ["doubling arrays", "many copies of the message", "rows of rows"])
def test_what_is_too_much_is_told(name: str) -> None:
    message = {"rows": list(range(1000)), "evil": "", "text": "x" * 2000}
    with pytest.raises(LimitError, match="more than"):
        evaluate(BOMBS[name], message)


@pytest.mark.parametrize("raw", [b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000])
def test_a_message_nested_without_end_is_refused(raw: bytes) -> None:
    with pytest.raises(LimitError, match="nested too deeply"):
        Rule.parse("SELECT * FROM 'a'").evaluate(raw)


def test_a_path_takes_no_longer_to_read_than_a_sum_of_its_length() -> None:
    def seconds(sql: str) -> float:
        began = time.process_time()
        Rule.parse(sql)
        return time.process_time() - began

    assert seconds("SELECT a" + ".a" * 30_000) < 3 * seconds("SELECT 1" + "+1" * 30_000)


def test_a_template_has_a_limit() -> None:
    with pytest.raises(LimitError, match="a template of more than"):
        render_template("${a}" * 100_000, {"a": 1})
