"""By the tables and examples of https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html"""

import math
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_sql.functions import find
from iot_sql.values import UNDEFINED, Value, Version, is_number
from tests.iot_sql.functions.applying import apply, typed
from tests.iot_sql.strategies import VALUES

OF_ONE = ["abs", "ceil", "exp", "floor", "ln", "log", "round", "sign", "sqrt"]
OF_TWO = ["mod", "power", "remainder", "trunc"]
NO_NUMBERS: list[Value] = [True, False, "abc", "", " 5", "+5", "0x10", [1], {"a": 1}, None, UNDEFINED]
LONG = Decimal("1234567890.123456789012345678901234")


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("abs", [-5], 5),
        ("ceil", [1.2], 2),
        ("ceil", [-1.2], -1),
        ("exp", [1], math.e),
        ("floor", [1.2], 1),
        ("floor", [-1.2], -2),
        ("ln", [math.e], 1),
        ("log", [100], 2),
        ("mod", [8, 3], 2),
        ("nanvl", [8, 3], 8),
        ("power", [2, 5], 32),
        ("remainder", [8, 3], 2),
        ("round", [1.2], 1),
        ("round", [1.5], 2),
        ("round", [1.7], 2),
        ("round", [-1.1], -1),
        ("round", [-1.5], -2),
        ("sign", [-7], -1),
        ("sign", [0], 0),
        ("sign", [13], 1),
        ("sqrt", [9], 3),
        ("trunc", [2.3, 0], 2),
        ("trunc", [2.3123, 2], 2.31),
        ("trunc", [2.888, 2], 2.88),
        ("trunc", [2, 5], 2),
    ],
)
def test_the_examples_of_the_page_hold(name: str, arguments: list[Value], expected: Value) -> None:
    assert typed(apply(name, *arguments)) == typed(expected)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [("log", [100], 2.0), ("power", [2, 5], 32.0), ("sqrt", [9], 3.0), ("exp", [0], 1.0), ("ln", [1], 0.0)],
)
def test_the_first_version_gives_whole_doubles_as_decimals(name: str, arguments: list[Value], expected: Value) -> None:
    assert typed(apply(name, *arguments, version=Version.V2015)) == typed(expected)


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("ceil", [2.5], 3),
        ("ceil", [-0.5], 0),
        ("floor", [2.5], 2),
        ("round", [2.5], 3),
        ("sign", [-2.5], -1),
        ("trunc", [2.5, 0], 2),
        ("trunc", [2.0, 5], 2),
        ("abs", [-5], 5),
        ("mod", [8, 3], 2),
        ("ceil", [7], 7),
        ("floor", [7], 7),
        ("round", [7], 7),
        ("trunc", [7, 2], 7),
    ],
)
def test_in_both_versions_an_int_is_an_int(
    name: str, arguments: list[Value], expected: Value, version: Version
) -> None:
    assert typed(apply(name, *arguments, version=version)) == typed(expected)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("abs", ["-2.5"], 2.5),
        ("ceil", ["2.5"], 3),
        ("exp", ["1"], math.e),
        ("floor", ["-2.5"], -3),
        ("ln", ["1"], 0),
        ("log", ["1E3"], 3),
        ("mod", ["8", "3"], 2),
        ("power", [2, "3"], 8),
        ("power", ["2", 3], 8),
        ("remainder", ["8.5", 3], 2.5),
        ("round", ["2.5"], 3),
        ("sign", ["-5E-12"], -1),
        ("sqrt", ["6.25"], 2.5),
        ("trunc", ["2.888", 2], 2.88),
    ],
)
def test_a_string_that_says_a_number_is_one(name: str, arguments: list[Value], expected: Value) -> None:
    assert typed(apply(name, *arguments)) == typed(expected)


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_number_gives_undefined(value: Value, version: Version) -> None:
    for name in OF_ONE:
        assert apply(name, value, version=version) is UNDEFINED, name
    for name in OF_TWO:
        assert apply(name, value, 2, version=version) is UNDEFINED, name
        assert apply(name, 2, value, version=version) is UNDEFINED, name


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("exp", [1000]),
        ("ln", [0]),
        ("ln", [-1]),
        ("log", [0]),
        ("mod", [8, 0]),
        ("mod", [8.5, 0]),
        ("power", [-8, 0.5]),
        ("power", [0, -1]),
        ("power", [10, 400]),
        ("remainder", [8, 0]),
        ("sqrt", [-1]),
    ],
)
def test_results_that_are_imaginary_or_infinite_are_undefined(name: str, arguments: list[Value]) -> None:
    assert apply(name, *arguments) is UNDEFINED


def test_abs_floor_and_trunc_keep_34_digits() -> None:
    assert apply("abs", LONG.copy_negate()) == LONG
    assert apply("mod", LONG, 1000) == LONG - 1234567000
    assert apply("trunc", LONG, 23) == Decimal("1234567890.12345678901234567890123")
    assert apply("floor", Decimal("12345678901234567890123456789012.75")) == 12345678901234567890123456789012


def test_a_function_of_doubles_has_only_the_digits_of_a_double() -> None:
    assert apply("sqrt", Decimal("2.000000000000000000000000000001")) == math.sqrt(2)
    assert apply("power", LONG, 1) == float(LONG)


@pytest.mark.parametrize(
    ("dividend", "divisor", "expected"), [(-8, 3, -2), (8, -3, 2), (-8.5, 3, -2.5), (5.5, 2.5, 0.5), (1, 0.3, 0.1)]
)
def test_mod_and_remainder_have_the_sign_of_the_first(dividend: Value, divisor: Value, expected: Value) -> None:
    assert typed(apply("mod", dividend, divisor)) == typed(expected)
    assert typed(apply("remainder", dividend, divisor)) == typed(expected)


@pytest.mark.parametrize("value", [UNDEFINED, None, math.nan, Decimal("NaN")])
def test_nanvl_replaces_what_is_missing_or_not_a_number(value: Value) -> None:
    assert apply("nanvl", value, "instead") == "instead"


@pytest.mark.parametrize("value", [0, 2.5, Decimal("1E+999"), False, "abc", [], {}])
def test_nanvl_gives_every_other_value_back(value: Value) -> None:
    assert apply("nanvl", value, "instead") is value


def test_rand_is_a_new_number_from_0_up_to_1_each_time() -> None:
    drawn = [apply("rand") for _ in range(100)]
    assert all(is_number(value) and 0 <= value < 1 for value in drawn)  # type: ignore[operator]
    assert len(set(map(str, drawn))) > 90


@pytest.mark.parametrize("name", [*OF_ONE, *OF_TWO, "nanvl", "rand"])
def test_numeric_functions_are_in_every_version_and_undefined_with_too_many_arguments(name: str) -> None:
    found = find(name.upper())
    assert found
    assert (found.name, found.since) == (name, Version.V2015)
    assert apply(name, 1, 2, 3) is UNDEFINED


@settings(deadline=timedelta(seconds=5))
@given(st.sampled_from(OF_ONE), VALUES, st.sampled_from(Version))
def test_one_argument_of_any_kind_gives_a_finite_number_or_undefined(name: str, value: Value, version: Version) -> None:
    result = apply(name, value, version=version)
    assert result is UNDEFINED or (is_number(result) and Decimal(str(result)).is_finite())


@settings(deadline=timedelta(seconds=5))
@given(st.sampled_from(OF_TWO), VALUES, VALUES, st.sampled_from(Version))
def test_two_arguments_of_any_kind_give_a_finite_number_or_undefined(
    name: str, first: Value, second: Value, version: Version
) -> None:
    result = apply(name, first, second, version=version)
    assert result is UNDEFINED or (is_number(result) and Decimal(str(result)).is_finite())
