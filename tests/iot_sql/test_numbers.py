"""What becomes of numbers: in, through, and out."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_sql import UNDEFINED, PayloadError, evaluate, to_json

V2015, V2016 = "2015-10-08", "2016-03-23"


@pytest.mark.parametrize(
    ("text", "v2015", "v2016"),
    [
        ("1", "1", "1"),
        ("1.0", "1.0", "1"),
        ("-0.0", "-0.0", "0"),
        ("1e2", "100.0", "100"),
        ("0.1", "0.1", "0.1"),
        ("9007199254740993", "9007199254740993", "9007199254740993"),
        ("0.12345678901234567890123456789", "0.12345678901234567890123456789", "0.12345678901234567890123456789"),
        ("1e400", "1E+400", "1E+400"),
        ("123456789012345678901234567890123456789", *["123456789012345678901234567890123456789"] * 2),
    ],
)
def test_a_number_passes_with_every_digit(text: str, v2015: str, v2016: str) -> None:
    raw = f'{{"n": {text}}}'.encode()
    for version, expected in ((V2015, v2015), (V2016, v2016)):
        assert to_json(evaluate("SELECT VALUE n", raw, version=version)) == expected


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("7 / 2.0", 3),
        ("7 / 0.2", 35),
        ("-7 % 3", -1),
        ("7.5 % 2", 1.5),
        ("1 / 0", UNDEFINED),
        ("1.5 / 0", UNDEFINED),
        ("1.5 % 0", UNDEFINED),
        ("1 / 3.5", Decimal("0.2857142857142857142857142857142857")),
        ("9999999999999999999999999999999999 + 0", 9999999999999999999999999999999999),
        ("9999999999999999999999999999999999 + 1", 1e34),
        ("1e999 * 10", UNDEFINED),
        ("'5' - '2'", 3),
        ("'5x' - 2", UNDEFINED),
        ("true + 1", UNDEFINED),
        ("null + 'a'", UNDEFINED),
        ("[1, null] + 'a'", "[1,null]a"),
        ("0.00000001 + ''", "1E-8"),
        ("-'2.5'", -2.5),
        ("-true", UNDEFINED),
    ],
)
def test_arithmetic(expression: str, value: Any) -> None:
    result = evaluate(f"SELECT VALUE {expression}", {})
    assert result == value
    assert type(result) is type(value)


def test_the_first_version_keeps_whole_decimals_decimal() -> None:
    assert to_json(evaluate("SELECT VALUE 7.0 / 2", {}, version=V2015)) == "3.5"
    assert to_json(evaluate("SELECT VALUE 2.5 * 2", {}, version=V2015)) == "5.0"
    assert to_json(evaluate("SELECT VALUE -3", {}, version=V2015)) == "-3"
    assert to_json(evaluate("SELECT VALUE 7.0 / 2", {}, version=V2016)) == "3"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6), st.sampled_from([V2015, V2016]))
def test_a_value_that_python_knows_passes_unchanged(number: Decimal, version: str) -> None:
    passed = evaluate("SELECT VALUE n", {"n": number}, version=version)
    assert Decimal(to_json(passed)) == number


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        {1: 2},
        (1, 2),
        {1, 2},
        b"x",
        object(),
        pytest.param(10**5000, id="too long an integer"),
    ],
)
def test_what_json_does_not_have_is_refused(value: Any) -> None:
    with pytest.raises(PayloadError):
        evaluate("SELECT * FROM 'a'", {"a": [value]})


@pytest.mark.parametrize("raw", [b"", b"{", b"NaN", b'{"a": Infinity}', b"\xff"])
def test_bytes_that_are_not_json_have_no_names(raw: bytes) -> None:
    assert evaluate("SELECT a FROM 'a'", raw) == {}


def test_a_number_that_cannot_be_held_is_refused() -> None:
    with pytest.raises(PayloadError, match="too large an exponent"):
        evaluate("SELECT * FROM 'a'", b'{"a": 1e99999999999999999999}')
