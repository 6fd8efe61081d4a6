"""By the tables and examples of https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html"""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_sql.functions import cast_types, find
from iot_sql.values import UNDEFINED, Value, Version
from tests.iot_sql.functions.applying import apply, typed
from tests.iot_sql.strategies import VALUES

FIRST_TYPES = {"string", "nvarchar", "text", "ntext", "varchar", "int", "integer", "double"}
NEVER_NUMBERS: list[Value] = ["abc", "", "+5", "5 ", ".5", "1e+3", [1], {"a": 1}, None, UNDEFINED]
LONG = Decimal("1234567890.12345678901234567890123456789")


def test_each_version_knows_its_types() -> None:
    assert cast_types(Version.V2015) == FIRST_TYPES
    assert cast_types(Version.V2016) == FIRST_TYPES | {"decimal", "bool", "boolean"}


@pytest.mark.parametrize("keyword", ["String", "Nvarchar", "Text", "NTEXT", "varchar"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, "7"),
        (10**20, "100000000000000000000"),
        (2.5, "2.5"),
        (Decimal("1E-30"), "1E-30"),
        (True, "true"),
        (False, "false"),
        ("any text", "any text"),
        ([1, "a", 2.5, True], '[1,"a",2.5,true]'),
        ({"a": None, "b": "c"}, '{"a":null,"b":"c"}'),
        (None, UNDEFINED),
        (UNDEFINED, UNDEFINED),
    ],
)
def test_cast_to_string(keyword: str, value: Value, expected: Value) -> None:
    assert apply("cast", value, keyword) == expected


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("keyword", ["Int", "INTEGER"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        (2.9, 2),
        (-2.1, -3),
        (True, 1),
        (False, 0),
        ("2.5", 2),
        ("-1.2", -2),
        ("5E-12", 0),
        ("12e2", 1200),
    ],
)
def test_cast_to_int_rounds_down(keyword: str, value: Value, expected: int, version: Version) -> None:
    assert typed(apply("cast", value, keyword, version=version)) == typed(expected)


@pytest.mark.parametrize("keyword", ["Decimal", "double"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [(7, 7), (2.5, 2.5), (10.0, 10), (True, 1), (False, 0), ("0", 0), ("-1.2", -1.2), ("5E-12", 5e-12), ("1e3", 1000)],
)
def test_cast_to_decimal_gives_whole_numbers_as_ints_from_2016_on(keyword: str, value: Value, expected: Value) -> None:
    assert typed(apply("cast", value, keyword)) == typed(expected)


@pytest.mark.parametrize(
    ("value", "expected"), [(7, 7.0), (10.0, 10.0), (True, 1.0), (False, 0.0), ("-1.2", -1.2), ("0", 0.0)]
)
def test_the_first_version_casts_whole_numbers_to_decimals(value: Value, expected: float) -> None:
    assert typed(apply("cast", value, "Double", version=Version.V2015)) == typed(expected)


@pytest.mark.parametrize("keyword", ["Int", "Double", "Decimal"])
@pytest.mark.parametrize("value", NEVER_NUMBERS)
def test_what_says_no_number_cannot_be_cast_to_one(keyword: str, value: Value) -> None:
    assert apply("cast", value, keyword) is UNDEFINED


def test_a_decimal_keeps_its_digits_and_a_double_does_not() -> None:
    assert apply("cast", LONG, "Decimal") == LONG
    assert apply("cast", LONG, "Double") == 1234567890.1234567
    assert apply("cast", Decimal("1E+400"), "Double") is UNDEFINED


@pytest.mark.parametrize("keyword", ["Bool", "BOOLEAN"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, False),
        (7, True),
        (-7, True),
        (0.0, False),
        (0.1, True),
        (True, True),
        (False, False),
        ("TRUE", True),
        ("false", False),
        ("1", UNDEFINED),
        ("abc", UNDEFINED),
        ([1], UNDEFINED),
        ({"a": 1}, UNDEFINED),
        (None, UNDEFINED),
        (UNDEFINED, UNDEFINED),
    ],
)
def test_cast_to_boolean(keyword: str, value: Value, expected: Value) -> None:
    assert apply("cast", value, keyword) is expected


@pytest.mark.parametrize("keyword", ["Decimal", "Bool", "Boolean"])
def test_the_first_version_does_not_cast_to_the_types_of_the_second(keyword: str) -> None:
    assert apply("cast", 1, keyword, version=Version.V2015) is UNDEFINED


@pytest.mark.parametrize("keyword", ["date", "", 5, None, UNDEFINED])
def test_a_cast_to_an_unknown_type_is_undefined(keyword: Value) -> None:
    assert apply("cast", 1, keyword) is UNDEFINED


@pytest.mark.parametrize("value", [5, 2.5, True, False, "null", "", [], {}, None, UNDEFINED])
def test_only_null_is_null_and_only_undefined_is_undefined(value: Value) -> None:
    assert apply("isNull", value) is (value is None)
    assert apply("isUndefined", value) is (value is UNDEFINED)


def test_conversions_are_named_and_dated_as_in_the_reference() -> None:
    dated = {found.name: found.since for found in map(find, ["CAST", "isnull", "isundefined"]) if found}
    assert dated == {"cast": Version.V2015, "isNull": Version.V2015, "isUndefined": Version.V2016}


@settings(deadline=timedelta(seconds=5))
@given(VALUES, st.sampled_from(Version), st.data())
def test_any_value_casts_to_the_type_asked_for_or_to_undefined(
    value: Value, version: Version, data: st.DataObject
) -> None:
    keyword = data.draw(st.sampled_from(sorted(cast_types(version))))
    result = apply("cast", value, keyword, version=version)
    numbers: tuple[type, ...] = (int, float, Decimal)
    wanted = {"int": numbers, "integer": numbers, "double": numbers, "decimal": numbers}
    wanted |= {"bool": (bool,), "boolean": (bool,)}
    assert result is UNDEFINED or type(result) in wanted.get(keyword, (str,))
