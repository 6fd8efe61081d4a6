"""Values of every type of the language, the unkind ones included."""

from decimal import Decimal

from hypothesis import strategies as st

from iot_sql.values import UNDEFINED, Value

INTS = st.integers() | st.sampled_from([0, -1, 2**53 + 1, 10**34 - 1, 10**34, -(10**400), 10**4000])
DECIMALS = (
    st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3)
    | st.sampled_from(["0E+999", "9.999E+999", "1E-999", "-1E+5000", "1E+999999999", "-1E-999999999"]).map(Decimal)
    | st.builds(lambda digits, places: Decimal(digits).scaleb(-places), st.integers(0, 10**34), st.integers(0, 60))
)
STRINGS = (
    st.text(max_size=20)
    | st.text(alphabet="0123456789.eE-+ ", max_size=12)
    | st.sampled_from(["true", "FALSE", "-1.2", "5E-12", "1E999999999", "\ud800", "é" * 100_000, "9" * 100_000])
)
SCALARS = st.none() | st.booleans() | INTS | DECIMALS | STRINGS
JSON_VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
)
NESTED_60_DEEP = st.integers(60, 60).map(lambda depth: _nested(depth))

VALUES: st.SearchStrategy[Value] = st.just(UNDEFINED) | SCALARS | JSON_VALUES | NESTED_60_DEEP
"""Anything that a function can be given."""


def _nested(depth: int) -> Value:
    value: Value = 1
    for _ in range(depth):
        value = [value]
    return value
