"""What goes out of a statement. Examples of the documentation itself are in conformance/."""

from typing import Any

import pytest

from iot_sql import UNDEFINED, Message, PayloadError, Rule, SqlError, evaluate

LOCK = {"state": {"reported": {"lock": "open", "battery": 80}, "desired": {"lock": "shut"}}, "version": 7}


@pytest.mark.parametrize(
    ("selected", "outgoing"),
    [
        pytest.param("version", {"version": 7}, id="a name"),
        pytest.param("state.reported.lock", {"lock": "open"}, id="a path goes out under its last name"),
        pytest.param("state.reported.lock AS door.lock", {"door": {"lock": "open"}}, id="a dotted alias nests"),
        pytest.param("version AS a.b, 1 AS a.c", {"a": {"b": 7, "c": 1}}, id="dotted aliases share their objects"),
        pytest.param("state.reported.*", {"lock": "open", "battery": 80}, id="the members of an object"),
        pytest.param("version.*", {}, id="the members of what has none"),
        pytest.param("*, 8 AS version", {**LOCK, "version": 8}, id="an alias replaces a name of the message"),
        pytest.param("* AS message", {"message": LOCK}, id="the whole message under a name"),
        pytest.param("topic(1), version", {"topic": "a", "version": 7}, id="a function goes out under its name"),
        pytest.param("missing, version", {"version": 7}, id="what is Undefined is left out"),
        pytest.param("NULL AS n", {"n": None}, id="Null is a value"),
        pytest.param("version, FROM_ AS x,", {"version": 7}, id="a comma before FROM"),
        pytest.param("[version, missing, 1 + 1] AS a", {"a": [7, 2]}, id="an array without what is Undefined"),
        pytest.param("{'v': version, w: missing} AS o", {"o": {"v": 7}}, id="an object without what is Undefined"),
        pytest.param("{'v': {'w': version}}.v.w AS x", {"x": 7}, id="a member of a literal"),
        pytest.param("state.reported.lock.no AS x", {}, id="a member of a string"),
    ],
)
def test_items(selected: str, outgoing: Any) -> None:
    result = evaluate(f"SELECT {selected} FROM 'a/b'", LOCK, topic="a/b")
    assert result == outgoing
    assert list(result) == list(outgoing)


def test_keywords_are_names_wherever_they_can_be_told_apart() -> None:
    message = {"value": 1, "values": 2, "timestamp": 3, "end": {"from": 4}, "selection": 6}
    selected = "value, values AS select, timestamp AS timestamp, end.from AS as, selection"
    assert evaluate(f"sElEcT {selected} fRoM 'a' wHeRe value = 1", message) == {
        "value": 1,
        "select": 2,
        "timestamp": 3,
        "as": 4,
        "selection": 6,
    }


@pytest.mark.parametrize(
    ("selected", "outgoing"),
    [
        ("value * 2 AS double", {"double": 18}),
        ("value - 1 AS less, -value AS negative", {"less": 8, "negative": -9}),
        ("value * 1.8 + 32 AS fahrenheit, value", {"fahrenheit": 48.2, "value": 9}),
        ("VALUE value * 2", 18),
        ("VALUE -value", -9),
        ("VALUE *", {"value": 9}),
    ],
)
def test_value_can_be_computed_with(selected: str, outgoing: Any) -> None:
    assert evaluate(f"SELECT {selected} FROM 'a'", {"value": 9}) == outgoing


def test_an_alias_changes_nothing_of_the_message() -> None:
    message = {"a": {"b": 1}}
    assert evaluate("SELECT *, 2 AS a.c FROM 'x'", message) == {"a": {"b": 1, "c": 2}}
    assert message == {"a": {"b": 1}}


@pytest.mark.parametrize(
    ("selected", "outgoing"),
    [("version", 7), ("state.desired", {"lock": "shut"}), ("*", LOCK), ("*.version", 7), ("missing", UNDEFINED)],
)
def test_select_value_gives_the_value_itself(selected: str, outgoing: Any) -> None:
    assert evaluate(f"SELECT VALUE {selected} FROM 'a'", LOCK) == outgoing


def test_select_value_takes_one_item() -> None:
    with pytest.raises(SqlError, match="Unexpected ','"):
        Rule.parse("SELECT VALUE a, b FROM 'a'")


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        pytest.param("SELECT VALUE n FROM e", ["t", "l"], id="undefined rows are left out"),
        pytest.param("SELECT v FROM e WHERE n = 't'", [{"v": 22.5}], id="where"),
        pytest.param("SELECT n, lower(n) AS t FROM e WHERE v < 100", [{"n": "t", "t": "t"}, {}], id="functions"),
        pytest.param("SELECT VALUE k FROM o", "one", id="an object makes one value"),
        pytest.param("SELECT VALUE r.n FROM e AS r WHERE r.v > 100", ["l"], id="rows with a name"),
        pytest.param(
            "SELECT * FROM *", [{"e": [{"n": "t", "v": 22.5}, {"n": "l", "v": 135}, {"v": 1}], "o": {"k": "one"}}]
        ),
        pytest.param("SELECT VALUE (SELECT VALUE n FROM *) FROM e", [["t"], ["l"], []], id="a query in a query"),
        pytest.param("SELECT v, FROM e WHERE n = 'l'", [{"v": 135}], id="a comma before FROM"),
    ],
)
def test_nested_queries(query: str, rows: Any) -> None:
    message = {"e": [{"n": "t", "v": 22.5}, {"n": "l", "v": 135}, {"v": 1}], "o": {"k": "one"}}
    assert evaluate(f"SELECT ({query}) AS x FROM 'a'", message) == {"x": rows}


def test_a_nested_query_over_what_is_no_array_is_undefined() -> None:
    assert evaluate("SELECT (SELECT a FROM missing) AS x, (SELECT a FROM n) AS y FROM 'a'", {"n": 1}) == {}


def test_variables_are_set_once_and_used_everywhere() -> None:
    sql = "SET @r = state.reported, @low = @r.battery < 90 SELECT @r.lock AS lock, @low AS low FROM 'a' WHERE @low"
    assert evaluate(sql, LOCK) == {"lock": "open", "low": True}
    assert evaluate("SET @v = version SELECT (SELECT VALUE @v FROM [1, 2]) AS x FROM 'a'", LOCK) == {"x": [7, 7]}


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SET @a = 1, @a = 2 SELECT @a AS a", "@a is set twice at line 1, column 13"),
        ("SET @a = @b, @b = 1 SELECT 1 AS x", "@b is used before SET gives it a value"),
        ("SELECT @a AS a", "@a is used before"),
        ("SET @" + "a" * 65 + " = 1 SELECT 1 AS x", "more than 64 characters"),
        ("SET " + ", ".join(f"@v{n} = {n}" for n in range(11)) + " SELECT 1 AS x", "more than 10 variables"),
    ],
)
def test_variables_that_aws_would_refuse(sql: str, message: str) -> None:
    with pytest.raises(SqlError, match=message):
        Rule.parse(sql)


def test_a_message_that_is_not_json_goes_out_whole_or_to_functions() -> None:
    raw = b"\x00\xff"
    assert evaluate("SELECT * FROM 'a' WHERE topic() = 'a'", raw, topic="a") == raw
    assert evaluate("SELECT topic() AS t FROM 'a'", raw, topic="a") == {"t": "a"}
    assert evaluate("SELECT a, 1 AS one FROM 'a'", raw) == {"one": 1}
    with pytest.raises(PayloadError, match="not JSON"):
        evaluate("SELECT *, topic() AS t FROM 'a'", raw)


def test_an_empty_message_has_no_members() -> None:
    assert evaluate("SELECT *, topic() AS t FROM 'a'", b"", topic="a") == {"t": "a"}


def test_a_parsed_message_gives_what_its_bytes_give() -> None:
    raw = b'{"a": 5.0, "b": {"c": 0.10}}'
    for version in ("2015-10-08", "2016-03-23"):
        rule = Rule.parse("SELECT *, a / 2 AS half FROM 'a'", version)
        assert rule.evaluate(Message.parse(raw, version)) == rule.evaluate(raw)
    with pytest.raises(PayloadError):
        Message.parse(b"{", "2016-03-23")
