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

OF_ONE = ["acos", "asin", "atan", "cos", "cosh", "sin", "sinh", "tan", "tanh"]


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("acos", [0], 1.5707963267948966),
        ("asin", [0], 0.0),
        ("atan", [0], 0.0),
        ("atan2", [1, 0], 1.5707963267948966),
        ("cos", [0], 1.0),
        ("cosh", [2.3], 5.037220649268761),
        ("sin", [0], 0.0),
        ("sinh", [2.3], 4.936961805545957),
        ("tan", [3], -0.1425465430742778),
        ("tanh", [2.3], 0.9800963962661914),
    ],
)
def test_the_examples_of_the_page_hold(name: str, arguments: list[Value], expected: float) -> None:
    assert typed(apply(name, *arguments, version=Version.V2015)) == typed(expected)
    assert apply(name, *arguments) == expected


@pytest.mark.parametrize("name", OF_ONE)
def test_int_decimal_and_string_are_taken_as_the_double_nearest_to_them(name: str) -> None:
    of_half = getattr(math, name)(0.5)
    assert apply(name, 0.5) == of_half
    assert apply(name, Decimal("0.5000000000000000000000001")) == of_half
    assert apply(name, "0.5") == of_half
    assert apply(name, 1) == getattr(math, name)(1.0)


@pytest.mark.parametrize(
    ("y", "x", "expected"),
    [(1, 1, math.pi / 4), (-1, 1, -math.pi / 4), (1, -1, 3 * math.pi / 4), ("1", "1.0", math.pi / 4), (0, 0, 0)],
)
def test_atan2_takes_y_before_x(y: Value, x: Value, expected: float) -> None:
    assert apply("atan2", y, x) == expected


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("value", [True, "abc", "", [1], {"a": 1}, None, UNDEFINED])
def test_what_is_no_number_gives_undefined(value: Value, version: Version) -> None:
    for name in OF_ONE:
        assert apply(name, value, version=version) is UNDEFINED, name
    assert apply("atan2", value, 1, version=version) is UNDEFINED
    assert apply("atan2", 1, value, version=version) is UNDEFINED


@pytest.mark.parametrize(
    ("name", "value"), [("acos", 2), ("acos", "-1.01"), ("asin", 2), ("cosh", 1000), ("sinh", -1000), ("sin", "1E400")]
)
def test_results_that_are_imaginary_or_infinite_are_undefined(name: str, value: Value) -> None:
    assert apply(name, value) is UNDEFINED


@pytest.mark.parametrize("name", [*OF_ONE, "atan2"])
def test_trigonometry_is_in_every_version(name: str) -> None:
    found = find(name)
    assert found
    assert (found.name, found.since) == (name, Version.V2015)


@settings(deadline=timedelta(seconds=5))
@given(st.sampled_from(OF_ONE), VALUES, VALUES, st.sampled_from(Version))
def test_arguments_of_any_kind_give_a_finite_number_or_undefined(
    name: str, first: Value, second: Value, version: Version
) -> None:
    for result in (apply(name, first, version=version), apply("atan2", first, second, version=version)):
        assert result is UNDEFINED or (is_number(result) and math.isfinite(result))  # type: ignore[arg-type]
