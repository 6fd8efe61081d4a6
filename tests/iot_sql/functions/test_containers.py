"""By the tables and examples of https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html"""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_sql.errors import LimitError
from iot_sql.functions import find
from iot_sql.values import UNDEFINED, Value, Version
from tests.iot_sql.functions.applying import apply, typed
from tests.iot_sql.strategies import VALUES

LETTERS = ["a", "b", "c"]
NO_INDEX: list[Value] = [True, "x", [1], {"a": 1}, None, UNDEFINED, -1, -0.5, 3, 3.5, Decimal("1E999999999")]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], UNDEFINED),
        ([1], "1"),
        ([[1, 2, 3], 4], [1, 2, 3, 4]),
        ([[1, 2, 3], "hello"], [1, 2, 3, "hello"]),
        (["con", "cat"], "concat"),
        ([1, "hello"], "1hello"),
        (["he", "is", "man"], "heisman"),
        ([[1, 2, 3], "hello", [4, 5, 6]], [1, 2, 3, "hello", 4, 5, 6]),
    ],
)
def test_the_examples_of_concat_hold(arguments: list[Value], expected: Value) -> None:
    assert apply("concat", *arguments) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([[1]], [1]),
        ([{"a": 1}], '{"a":1}'),
        ([None], UNDEFINED),
        ([UNDEFINED], UNDEFINED),
        ([1, 2], UNDEFINED),
        ([True, None], UNDEFINED),
        (["a", True, 2.5, {"a": 1}], 'atrue2.5{"a":1}'),
        (["a", None], UNDEFINED),
        (["a", UNDEFINED], UNDEFINED),
        ([{"a": 1}, [True], None], [{"a": 1}, True, None]),
        ([[[1]], [[2]]], [[1], [2]]),
        ([[1], UNDEFINED, 2], [1, 2]),
    ],
)
def test_concat_makes_an_array_where_there_is_one_and_else_a_string_where_there_is_one(
    arguments: list[Value], expected: Value
) -> None:
    assert apply("concat", *arguments) == expected


def test_concat_leaves_the_arrays_that_it_is_given_alone() -> None:
    given_one = [1]
    apply("concat", given_one, 2)
    assert given_one == [1]


@pytest.mark.parametrize(
    ("collection", "key", "expected"),
    [
        (LETTERS, 1, "b"),
        ({"a": "b"}, "a", "b"),
        (LETTERS, 0, "a"),
        (LETTERS, 1.9, "b"),
        (LETTERS, "2", "c"),
        ("abc", 0, "a"),
        ("abc", 1, "b"),
        ("abc", "2.5", "c"),
        ({"a": None}, "a", None),
        ({"1": "b"}, "1", "b"),
    ],
)
def test_get_finds_items_by_their_index_from_0_and_values_by_their_key(
    collection: Value, key: Value, expected: Value
) -> None:
    assert apply("get", collection, key) == expected


@pytest.mark.parametrize("index", NO_INDEX)
def test_get_is_undefined_where_there_is_no_such_index(index: Value) -> None:
    assert apply("get", LETTERS, index) is apply("get", "abc", index) is UNDEFINED


@pytest.mark.parametrize("key", [1, 1.5, True, None, UNDEFINED, ["1"], {"1": 1}, "2"])
def test_get_converts_no_key_of_an_object(key: Value) -> None:
    assert apply("get", {"1": "b", "true": "c", "1.5": "d"}, key) is UNDEFINED


@pytest.mark.parametrize("collection", [1, 2.5, True, None, UNDEFINED])
def test_get_looks_into_nothing_else(collection: Value) -> None:
    assert apply("get", collection, 0) is UNDEFINED


def test_get_counts_the_characters_of_a_string_as_java_does() -> None:
    assert apply("get", "😀é", 2) == "é"
    assert apply("get", "😀é", 0) == "?"
    assert apply("get", "😀é", 3) is UNDEFINED


@pytest.mark.parametrize("value", [0, 2.5, False, "", [], {}])
def test_get_or_default_is_the_value_where_there_is_one(value: Value) -> None:
    assert typed(apply("get_or_default", value, "default")) == typed(value)
    assert typed(apply("get_or_default", value)) == typed(value)


@pytest.mark.parametrize("nothing", [None, UNDEFINED])
def test_get_or_default_is_the_default_for_null_and_undefined(nothing: Value) -> None:
    assert apply("get_or_default", nothing, 5) == 5
    assert apply("get_or_default", nothing) is UNDEFINED


def test_transform_adds_the_attributes_to_every_object_behind_its_own() -> None:
    rows: list[Value] = [{"a": 3}, {"b": 4}, {"c": 5}]
    enriched = apply("transform", "enrichArray", {"data1": 1, "data2": 2}, rows)
    assert enriched == [
        {"a": 3, "data1": 1, "data2": 2},
        {"b": 4, "data1": 1, "data2": 2},
        {"c": 5, "data1": 1, "data2": 2},
    ]
    assert isinstance(enriched, list)
    assert list(enriched[0]) == ["a", "data1", "data2"]
    assert rows == [{"a": 3}, {"b": 4}, {"c": 5}]


@pytest.mark.parametrize(
    ("mode", "attributes", "rows"),
    [
        ("other", {"a": 1}, [{}]),
        ("enricharray", {"a": 1}, [{}]),
        (UNDEFINED, {"a": 1}, [{}]),
        ("enrichArray", [1], [{}]),
        ("enrichArray", UNDEFINED, [{}]),
        ("enrichArray", {"a": 1}, {"b": 2}),
        ("enrichArray", {"a": 1}, [{}, 1]),
        ("enrichArray", {"a": 1}, None),
    ],
)
def test_transform_knows_one_mode_and_an_array_of_objects(mode: Value, attributes: Value, rows: Value) -> None:
    assert apply("transform", mode, attributes, rows) is UNDEFINED


def test_transform_makes_no_array_beyond_128_kib() -> None:
    just_right = [{"a": "x" * (128 * 1024 - len('[{"a":"","b":1}]'))}]
    assert apply("transform", "enrichArray", {"b": 1}, just_right)
    with pytest.raises(LimitError):
        apply("transform", "enrichArray", {"b": 10}, just_right)
    many = {str(number): number for number in range(10_000)}
    with pytest.raises(LimitError):
        apply("transform", "enrichArray", many, [{}] * 100_000)


@pytest.mark.parametrize("name", ["get_or_default", "transform"])
def test_some_are_of_the_second_edition(name: str) -> None:
    found = find(name)
    assert found
    assert found.since is Version.V2016


@settings(max_examples=60)
@given(st.lists(VALUES, max_size=4), VALUES, VALUES)
def test_whatever_they_are_given_there_is_a_result(parts: list[Value], collection: Value, key: Value) -> None:
    assert isinstance(apply("concat", *parts), str | list | type(UNDEFINED))
    apply("get", collection, key)
    apply("get_or_default", collection, key)
    assert isinstance(apply("transform", "enrichArray", key, collection), list | type(UNDEFINED))
