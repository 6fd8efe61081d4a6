"""By the tables and examples of https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html"""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_sql.errors import LimitError
from iot_sql.functions import find
from iot_sql.values import UNDEFINED, Value, Version
from tests.iot_sql.functions.applying import apply
from tests.iot_sql.strategies import VALUES

OF_ONE = ["length", "lower", "ltrim", "numbytes", "rtrim", "trim", "upper"]
OF_TWO = ["endswith", "indexof", "startswith"]


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("chr", [65], "A"),
        ("chr", [49], "1"),
        ("endswith", ["cat", "at"], True),
        ("indexof", ["abcd", "bc"], 1),
        ("length", ["hi"], 2),
        ("length", [False], 5),
        ("lower", ["HELLO"], "hello"),
        ("lower", [["HELLO"]], '["hello"]'),
        ("lpad", ["hello", 2], "  hello"),
        ("lpad", [1, 3], "   1"),
        ("Ltrim", [" h i "], "h i "),
        ("numbytes", ["hi"], 2),
        ("numbytes", ["€"], 3),
        ("replace", ["abcd", "bc", "x"], "axd"),
        ("replace", ["abcdabcd", "b", "x"], "axcdaxcd"),
        ("rpad", ["hello", 2], "hello  "),
        ("rpad", [1, 3], "1   "),
        ("rtrim", [" h i "], " h i"),
        ("startswith", ["ranger", "ran"], True),
        ("substring", ["012345", 0], "012345"),
        ("substring", ["012345", 2], "2345"),
        ("substring", ["012345", 2.745], "2345"),
        ("substring", [123, 2], "3"),
        ("substring", ["012345", -1], "012345"),
        ("substring", [True, 1.2], "rue"),
        ("substring", [False, Decimal("-2.411E247")], "false"),
        ("substring", ["012345", 1, 3], "12"),
        ("substring", ["012345", -50, 50], "012345"),
        ("substring", ["012345", 3, 1], ""),
        ("Trim", [" hi "], "hi"),
        ("upper", ["hello"], "HELLO"),
        ("upper", [["hello"]], '["HELLO"]'),
    ],
)
def test_the_examples_of_the_page_hold(name: str, arguments: list[Value], expected: Value) -> None:
    assert apply(name, *arguments) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (0, "\0"),
        (127, "\x7f"),
        (128, UNDEFINED),
        (-1, UNDEFINED),
        (-0.5, UNDEFINED),
        (65.9, "A"),
        ("65.9", "A"),
        ("A", UNDEFINED),
        (Decimal("1E999999999"), UNDEFINED),
        (True, UNDEFINED),
        ([65], UNDEFINED),
        ({"a": 65}, UNDEFINED),
        (None, UNDEFINED),
        (UNDEFINED, UNDEFINED),
    ],
)
def test_chr_knows_ascii_and_rounds_down(code: Value, expected: Value) -> None:
    assert apply("chr", code) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [(-7, "-7"), (2.5, "2.5"), (True, "true"), ("Ab ", "Ab "), ([1, "a"], '[1,"a"]'), ({"a": None}, '{"a":null}')],
)
def test_every_value_that_has_a_string_form_is_used_in_that_form(value: Value, text: str) -> None:
    assert apply("length", value) == apply("numbytes", value) == len(text)
    assert apply("lower", value) == text.lower()
    assert apply("upper", value) == text.upper()
    assert apply("trim", value) == apply("rtrim", value) == text.strip()
    assert apply("ltrim", value) == text
    assert apply("lpad", value, 1) == f" {text}"
    assert apply("rpad", value, 1) == f"{text} "
    assert apply("substring", value, 1) == text[1:]
    assert apply("replace", value, value, value) == text
    assert apply("startswith", value, text[0]) is apply("endswith", value, text[-1]) is True
    assert apply("indexof", value, text[1:]) == 1


@pytest.mark.parametrize("nothing", [None, UNDEFINED])
def test_what_has_no_string_form_makes_every_result_undefined(nothing: Value) -> None:
    for name in OF_ONE:
        assert apply(name, nothing) is UNDEFINED
    for name in OF_TWO:
        assert apply(name, nothing, "a") is apply(name, "a", nothing) is UNDEFINED
    for arguments in ([nothing, "a", "b"], ["a", nothing, "b"], ["a", "b", nothing]):
        assert apply("replace", *arguments) is UNDEFINED
    assert apply("substring", nothing, 1) is apply("substring", "a", nothing) is UNDEFINED
    assert apply("substring", "a", 0, nothing) is UNDEFINED
    assert apply("lpad", nothing, 1) is apply("rpad", nothing, 1) is UNDEFINED


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("startswith", ["cat", "at"]), ("endswith", ["cat", "ca"]), ("startswith", ["", "a"]), ("endswith", ["a", "A"])],
)
def test_what_does_not_start_or_end_so_is_false(name: str, arguments: list[Value]) -> None:
    assert apply(name, *arguments) is False


def test_indexof_is_minus_one_where_nothing_is_found() -> None:
    assert apply("indexof", "abcd", "x") == -1


@pytest.mark.parametrize(
    ("count", "spaces"),
    [
        (0, 0),
        (2.9, 2),
        ("2.9", 2),
        (-1, 0),
        (1001, 1000),
        (Decimal("1E999999999"), 1000),
        ("abc", UNDEFINED),
        (True, UNDEFINED),
        ([1], UNDEFINED),
        ({}, UNDEFINED),
        (None, UNDEFINED),
        (UNDEFINED, UNDEFINED),
    ],
)
def test_padding_is_between_0_and_1000_spaces(count: Value, spaces: Value) -> None:
    left, right = apply("lpad", "x", count), apply("rpad", "x", count)
    if type(spaces) is int:
        assert (left, right) == (" " * spaces + "x", "x" + " " * spaces)
    else:
        assert left is right is UNDEFINED


def test_ltrim_and_rtrim_take_tabs_and_spaces_and_trim_all_white_space() -> None:
    padded = "\n\t x\t \n"
    assert apply("ltrim", "\t x\t ") == "x\t "
    assert apply("rtrim", "\t x\t ") == "\t x"
    assert apply("ltrim", padded) == apply("rtrim", padded) == padded
    assert apply("trim", padded) == "x"


def test_the_case_of_letters_beyond_ascii_changes_as_in_java() -> None:
    assert apply("upper", "straße ﬁ") == "STRASSE FI"
    assert apply("lower", "İ ΟΔΟΣ") == "i̇ οδος"


def test_substring_cuts_what_is_too_far_to_the_string_and_is_undefined_where_no_number_is_given() -> None:
    assert apply("substring", "abc", 99) == ""
    assert apply("substring", "abc", "1", "2.9") == "b"
    assert apply("substring", "abc", 0, Decimal("1E999999999")) == "abc"
    wrongs: list[Value] = ["x", True, [1], {}]
    for wrong in wrongs:
        assert apply("substring", "abc", wrong) is apply("substring", "abc", 0, wrong) is UNDEFINED


def test_positions_count_a_character_beyond_u_ffff_twice_as_java_does() -> None:
    assert apply("length", "a😀é") == 4
    assert apply("indexof", "a😀é", "é") == 3
    assert apply("substring", "a😀é", 3) == "é"
    assert apply("substring", "a😀é", 1, 3) == "😀"
    assert apply("numbytes", "a😀é") == 7


def test_half_a_character_becomes_a_question_mark() -> None:
    assert apply("substring", "a😀é", 0, 2) == "a?"
    assert apply("substring", "a😀é", 2) == "?é"
    assert apply("numbytes", "\ud800") == 1


def test_replacing_cannot_fill_the_memory() -> None:
    with pytest.raises(LimitError):
        apply("replace", "a" * 100_000, "a", "b" * 100_000)
    with pytest.raises(LimitError):
        apply("replace", "a" * 100_000, "", "b" * 1000)


@pytest.mark.parametrize("name", ["indexof", "length", "numbytes"])
def test_some_are_of_the_second_edition(name: str) -> None:
    found = find(name)
    assert found
    assert found.since is Version.V2016


@settings(max_examples=60)
@given(st.data())
def test_whatever_they_are_given_there_is_a_result(data: st.DataObject) -> None:
    for name in ["chr", *OF_ONE]:
        assert isinstance(apply(name, data.draw(VALUES)), str | int | type(UNDEFINED))
    for name in ["lpad", "rpad", "substring", *OF_TWO]:
        assert isinstance(apply(name, data.draw(VALUES), data.draw(VALUES)), str | int | type(UNDEFINED))
    try:
        replaced = apply("replace", data.draw(VALUES), data.draw(VALUES), data.draw(VALUES))
    except LimitError:
        return
    assert isinstance(replaced, str | type(UNDEFINED))
