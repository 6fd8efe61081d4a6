"""By https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-func-trunc"""

from decimal import Decimal

import pytest

from iot_sql.values import UNDEFINED, Value
from tests.iot_sql.functions.applying import apply, typed


@pytest.mark.parametrize(
    ("places", "expected"), [(-3, 2), (1, 2.8), (1.9, 2.8), (2, 2.88), (40, 2.888), (Decimal("1E+999"), 2.888)]
)
def test_trunc_keeps_0_to_34_places_and_rounds_their_number_down(places: Value, expected: Value) -> None:
    assert typed(apply("trunc", 2.888, places)) == typed(expected)


def test_trunc_cuts_towards_zero_and_strips_zeros() -> None:
    assert apply("trunc", -2.888, 2) == -2.88
    assert str(apply("trunc", Decimal("0.10000000000000000000001000000"), 28)) == "0.10000000000000000000001"
    assert apply("trunc", Decimal("1E-40"), 99) == 0
    assert apply("trunc", Decimal("1E+900"), 2) == Decimal("1E+900")


def test_trunc_takes_no_string_for_the_number_of_places() -> None:
    assert apply("trunc", 2.888, "2") is UNDEFINED
