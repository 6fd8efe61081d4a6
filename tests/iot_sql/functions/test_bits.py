"""By the tables and examples of https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html"""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_sql.functions import find
from iot_sql.values import UNDEFINED, Value, Version, is_number
from tests.iot_sql.functions.applying import apply, typed
from tests.iot_sql.strategies import VALUES

OF_TWO = ["bitand", "bitor", "bitxor"]


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("bitand", [13, 5], 5),
        ("bitor", [8, 5], 13),
        ("bitxor", [13, 5], 8),
        ("bitand", [13.9, 5.2], 5),
        ("bitor", [8.9, "5.9"], 13),
        ("bitxor", ["13.9", "5"], 8),
        ("bitand", [-1.5, 7], 6),
    ],
)
def test_two_numbers_are_rounded_down_and_combined_bit_by_bit(
    name: str, arguments: list[Value], expected: int, version: Version
) -> None:
    assert typed(apply(name, *arguments, version=version)) == typed(expected)


@pytest.mark.parametrize(("value", "expected"), [(13, -14), (-14, 13), (0, -1), (13.9, -14), (-0.5, 0), ("13.9", -14)])
def test_bitnot_inverts_in_twos_complement(value: Value, expected: int) -> None:
    assert typed(apply("bitnot", value)) == typed(expected)


@pytest.mark.parametrize("value", [True, "abc", "", [1], {"a": 1}, None, UNDEFINED])
def test_what_is_no_number_gives_undefined(value: Value) -> None:
    assert apply("bitnot", value) is UNDEFINED
    for name in OF_TWO:
        assert apply(name, value, 5) is UNDEFINED, name
        assert apply(name, 5, value) is UNDEFINED, name


def test_a_number_beyond_the_language_is_undefined_rather_than_an_endless_int() -> None:
    assert apply("bitand", Decimal("1E+1000"), 1) is UNDEFINED
    assert apply("bitor", 0, Decimal("9E+999")) == Decimal("9E+999")


@pytest.mark.parametrize("name", [*OF_TWO, "bitnot"])
def test_functions_of_bits_are_in_every_version(name: str) -> None:
    found = find(name)
    assert found
    assert (found.name, found.since) == (name, Version.V2015)


@settings(deadline=timedelta(seconds=5))
@given(st.sampled_from(OF_TWO), VALUES, VALUES, st.sampled_from(Version))
def test_arguments_of_any_kind_give_a_finite_number_or_undefined(
    name: str, first: Value, second: Value, version: Version
) -> None:
    for result in (apply(name, first, second, version=version), apply("bitnot", first, version=version)):
        assert result is UNDEFINED or (is_number(result) and Decimal(str(result)).is_finite())
