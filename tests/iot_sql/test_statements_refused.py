"""What a user is told of a statement that AWS would refuse."""

import pytest

from iot_sql import LimitError, NeedsAws, Rule, SqlError, evaluate, render_template


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("", "Unexpected end at line 1, column 1; expected SELECT or SET$"),
        ("SELECT", "Unexpected end at line 1, column 7; expected an expression$"),
        ("SELECT FROM 'a'", "Unexpected 'FROM' at line 1, column 8; expected an expression"),
        ("SELECT a, b AND FROM 'a'", "Unexpected 'FROM' at line 1, column 17"),
        ("SELECT * FROM 'a' WHERE x != 1", "Unexpected character '!' at line 1, column 27; expected "),
        ("SELECT * FROM 'a' WHERE x == 1", "Unexpected '=' at line 1, column 28; expected an expression"),
        ("SELECT a\nFROM 'a'\nWHERE (b", "Unexpected end at line 3, column 9; expected '\\)'"),
        (
            "SELECT a b FROM 'a'",
            "Unexpected 'b' at line 1, column 10; expected ',', AS, FROM, WHERE, an operator or the end",
        ),
        ("SELECT nosuch(1) FROM 'a'", r"there is no function nosuch\(\) at line 1, column 8"),
        ("SELECT cast(a AS money) FROM 'a'", "money is no type at line 1, column 18; expected bool, "),
        ("SELECT abs(a AS Int) FROM 'a'", "AS stands only in cast"),
        ("SELECT a FROM 'a/#/b'", "the topic filter 'a/#/b' is not legal: .* at line 1, column 15"),
        ("SELECT CASE a END FROM 'a'", "Unexpected 'END' at line 1, column 15; expected .*WHEN"),
        ("SELECT 'a FROM 'b'", "at line 1, column 17"),
        ("SELECT 'a FROM b", "A string without an end at line 1, column 8$"),
        ("SELECT a,\n@b FROM 'a'", "@b is used before SET gives it a value at line 2, column 1$"),
        ("SELECT VALUE a, b", "Unexpected ',' at line 1, column 15; expected FROM, WHERE or the end$"),
        ("SELECT 1 AS a" + ".a" * 64, "an alias of more than 64 levels at line 1, column 13$"),
    ],
)
def test_the_place_and_what_was_expected_are_told(sql: str, message: str) -> None:
    with pytest.raises(SqlError, match=message):
        Rule.parse(sql)


def test_the_place_can_be_read_by_a_program() -> None:
    with pytest.raises(SqlError) as caught:
        Rule.parse("SELECT a FROM 'a' WHERE b ! c")
    assert (caught.value.line, caught.value.column) == (1, 27)
    assert "an operator" in caught.value.expected


@pytest.mark.parametrize("sql", ["SELECT [1] AS a", "SELECT {'a': 1} AS a", "SELECT (SELECT a FROM b) AS c"])
def test_the_first_version_has_no_literals_and_no_nested_queries(sql: str) -> None:
    with pytest.raises(SqlError, match=r"needs SQL version 2016-03-23 at line 1, column [89]$"):
        Rule.parse(sql, "2015-10-08")
    Rule.parse(sql, "2016-03-23")


def test_a_function_is_refused_by_a_version_that_does_not_have_it_yet() -> None:
    Rule.parse("SELECT encode(*, 'base64') AS a FROM 'a'", "2016-03-23")
    with pytest.raises(SqlError, match=r"encode\(\) needs SQL version 2016-03-23"):
        Rule.parse("SELECT encode(*, 'base64') AS a FROM 'a'", "2015-10-08")


def test_versions_that_cannot_be_evaluated_are_refused() -> None:
    with pytest.raises(SqlError, match=r"'beta' is not .* expected '2015-10-08' or '2016-03-23'"):
        Rule.parse("SELECT 1 AS a", "beta")


def test_what_only_aws_can_answer_is_told_at_parse_time_where_asked() -> None:
    sql = "SELECT a, get_thing_shadow('t', 's', 'role').state AS s FROM 'a' WHERE b"
    with pytest.raises(
        NeedsAws, match=r"get_thing_shadow\(\) asks another AWS service .* at line 1, column 11"
    ) as told:
        Rule.parse(sql, offline=True)
    assert told.value.function == "get_thing_shadow"
    rule = Rule.parse(sql)
    with pytest.raises(NeedsAws):
        rule.evaluate({"b": True})


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("SELECT " + "[" * 65 + "]" * 65 + " AS a", id="arrays"),
        pytest.param("SELECT " + "NOT " * 65 + "a AS a", id="NOT"),
        pytest.param("SELECT " + "- " * 65 + "a AS a", id="signs"),
        pytest.param("SELECT " + "abs(" * 65 + "1" + ")" * 65 + " AS a", id="calls"),
        pytest.param("SELECT " + " " * 81_920 + "1 AS a", id="length"),
    ],
)
def test_statements_have_a_limit(sql: str) -> None:
    with pytest.raises(LimitError):
        Rule.parse(sql)


def test_long_chains_and_many_parentheses_are_no_depth() -> None:
    assert evaluate("SELECT " + "+".join(["1"] * 5000) + " AS x", {}) == {"x": 5000}
    assert evaluate("SELECT " + "(" * 5000 + "1" + ")" * 5000 + " AS x", {}) == {"x": 1}


@pytest.mark.parametrize("template", ["${a", "${'}'", "${", "${}", "${a b}", "${@v}"])
def test_templates_are_refused_alike(template: str) -> None:
    with pytest.raises(SqlError):
        render_template(template, {"a": 1})
