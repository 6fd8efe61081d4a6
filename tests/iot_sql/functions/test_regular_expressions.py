"""By the tables and examples of https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html"""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_sql.errors import LimitError
from iot_sql.values import UNDEFINED, Value
from tests.iot_sql.functions.applying import apply
from tests.iot_sql.strategies import VALUES

CATASTROPHES = [
    ("(a+)+$", "a" * 50 + "b"),
    ("(a|aa)+$", "a" * 60 + "b"),
    ("(?:(?:.*)*)*x", "a" * 5000),
    (r"(.+)\1(.+)\2(.+)\3x", "ab" * 2000),
]


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("regexp_matches", ["aaaa", "a{2,}"], True),
        ("regexp_matches", ["aaaa", "b"], False),
        ("regexp_replace", ["abcd", "bc", "x"], "axd"),
        ("regexp_replace", ["abcd", "b(.*)d", "$1"], "ac"),
        ("regexp_substr", ["hihihello", "hi"], "hi"),
        ("regexp_substr", ["hihihello", "(hi)*"], "hihi"),
    ],
)
def test_the_examples_of_the_page_hold(name: str, arguments: list[Value], expected: Value) -> None:
    assert apply(name, *arguments) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [(7, "7"), (2.5, "2.5"), (True, "true"), ("a b", "a b"), ([1, "a"], '[1,"a"]'), ({"a": 1}, '{"a":1}')],
)
def test_every_value_that_has_a_string_form_is_searched_in_that_form(value: Value, text: str) -> None:
    assert apply("regexp_matches", value, r"^.*\Q" + text + r"\E$") is True
    assert apply("regexp_substr", value, ".*") == text
    assert apply("regexp_replace", value, "^.*$", "<$0>") == f"<{text}>"
    assert apply("regexp_replace", "x", "x", value) == text


@pytest.mark.parametrize(
    ("pattern", "found"), [(7, "7"), (True, "true"), ([1], "1"), (2.5, "2x5"), ({"a": 1}, UNDEFINED)]
)
def test_patterns_that_are_no_strings_are_made_so(pattern: Value, found: Value) -> None:
    assert apply("regexp_substr", "7 true 1 2x5", pattern) == found


@pytest.mark.parametrize("nothing", [None, UNDEFINED])
def test_what_has_no_string_form_makes_every_result_undefined(nothing: Value) -> None:
    for name in ("regexp_matches", "regexp_substr"):
        assert apply(name, nothing, "a") is apply(name, "a", nothing) is UNDEFINED
    for arguments in ([nothing, "a", "b"], ["a", nothing, "b"], ["a", "b", nothing]):
        assert apply("regexp_replace", *arguments) is UNDEFINED


@pytest.mark.parametrize(
    "pattern", ["(", ")", "[a", "*", "a{,3}", r"\y", "(?<n>a)(?<n>b)", r"\p{Greek}", "(?<=(ab)*)c"]
)
def test_a_pattern_that_java_refuses_is_undefined(pattern: str) -> None:
    assert apply("regexp_matches", "a", pattern) is UNDEFINED
    assert apply("regexp_substr", "a", pattern) is UNDEFINED
    assert apply("regexp_replace", "a", pattern, "b") is UNDEFINED


@pytest.mark.parametrize("replacement", ["$", "$x", "$2", "${none}", "${", "\\"])
def test_a_replacement_that_java_refuses_is_undefined(replacement: str) -> None:
    assert apply("regexp_replace", "a", "(a)", replacement) is UNDEFINED
    assert apply("regexp_replace", "b", "(a)", replacement) is UNDEFINED


def test_there_is_no_part_of_a_string_where_nothing_matches() -> None:
    assert apply("regexp_substr", "abc", "x") is UNDEFINED


@pytest.mark.parametrize(("pattern", "text"), CATASTROPHES)
def test_a_catastrophic_pattern_ends_soon(pattern: str, text: str) -> None:
    started = time.process_time()
    _end_well(text, pattern, "")
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("name", "arguments"), [("regexp_matches", ()), ("regexp_substr", ()), ("regexp_replace", ("",))]
)
def test_what_takes_too_long_says_so(name: str, arguments: tuple[str, ...]) -> None:
    with pytest.raises(LimitError, match="seconds"):
        apply(name, "a" * 60 + "b", "(a|aa)+$", *arguments)


@pytest.mark.parametrize(
    "pattern",
    [
        "a" * 5000,
        "(" * 1000 + ")" * 1000,
        "[" * 1000 + "a" + "]" * 1000,
        "((a{1000}){1000}){1000}",
        "(?:a?){2000000000}",
        "a{20001}",
    ],
)
def test_a_pattern_that_would_take_too_much_memory_is_refused(pattern: str) -> None:
    with pytest.raises(LimitError):
        apply("regexp_matches", "a", pattern)


def test_a_replacement_cannot_fill_the_memory() -> None:
    # On a machine that is slow just now its time is over before.
    with pytest.raises(LimitError, match=r"characters|seconds"):
        apply("regexp_replace", "a" * 10_000, "a", "b" * 1000)
    assert apply("regexp_replace", "a", "(a)", "$" + "0" * 100_000) == "a"


@settings(max_examples=60, deadline=None)
@given(VALUES, VALUES, VALUES)
def test_whatever_they_are_given_there_is_a_result(text: Value, pattern: Value, replacement: Value) -> None:
    _end_well(text, pattern, replacement)


@settings(max_examples=200, deadline=None)
@given(
    st.text("ab", max_size=10),
    st.text(r"ab01()[]{}?*+|^$.\-&,:<>=!ipQEdbukx", max_size=16),
    st.text("a$1\\{}n", max_size=6),
)
def test_whatever_the_pattern_there_is_a_result(text: str, pattern: str, replacement: str) -> None:
    _end_well(text, pattern, replacement)


def _end_well(text: Value, pattern: Value, replacement: Value) -> None:
    try:
        assert isinstance(apply("regexp_matches", text, pattern), bool | type(UNDEFINED))
        assert isinstance(apply("regexp_substr", text, pattern), str | type(UNDEFINED))
        assert isinstance(apply("regexp_replace", text, pattern, replacement), str | type(UNDEFINED))
    except LimitError:
        pass
