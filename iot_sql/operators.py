"""The operators, by the tables of
https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-operators.html
"""

from collections.abc import Callable
from decimal import Decimal

from iot_sql.limits import check_size
from iot_sql.values import (
    ARITHMETIC,
    UNDEFINED,
    Undefined,
    Value,
    Version,
    from_decimal,
    from_int,
    is_number,
    to_decimal,
    to_string,
)

Operator = Callable[[Value, Value, Version], Value]


def equal(left: Value, right: Value) -> bool | Undefined:
    """Undefined where either is; False for values of two types. Int and Decimal compare by value."""
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    check_size(left)
    check_size(right)
    return _same(left, right)


def _same(left: Value, right: Value) -> bool:
    if is_number(left) and is_number(right):
        return to_decimal(left) == to_decimal(right)
    if type(left) is not type(right):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(value, right[name]) for name, value in left.items())
    return left == right


def _equal(left: Value, right: Value, _: Version) -> Value:
    return equal(left, right)


def _not_equal(left: Value, right: Value, _: Version) -> Value:
    same = equal(left, right)
    return UNDEFINED if same is UNDEFINED else not same


def _in(left: Value, right: Value, _: Version) -> Value:
    if left is UNDEFINED or not isinstance(right, list):
        return UNDEFINED
    check_size(left)
    check_size(right)
    return any(_same(left, one) for one in right)


def _comparing(holds: Callable[[Decimal, Decimal], bool]) -> Operator:
    def compare(left: Value, right: Value, _: Version) -> Value:
        first, second = to_decimal(left), to_decimal(right)
        return UNDEFINED if first is UNDEFINED or second is UNDEFINED else holds(first, second)

    return compare


def _plus(left: Value, right: Value, version: Version) -> Value:
    if isinstance(left, str) or isinstance(right, str):
        check_size(left)
        check_size(right)
        first, second = to_string(left), to_string(right)
        return UNDEFINED if first is UNDEFINED or second is UNDEFINED else first + second
    if is_number(left) and is_number(right):
        return _add(left, right, version)
    return UNDEFINED


def _computing(
    of_ints: Callable[[int, int], int | Undefined], of_decimals: Callable[[Decimal, Decimal], Decimal]
) -> Operator:
    def compute(left: Value, right: Value, version: Version) -> Value:
        if type(left) is int and type(right) is int:
            result = of_ints(left, right)
            return UNDEFINED if result is UNDEFINED else from_int(result, version)
        first, second = to_decimal(left), to_decimal(right)
        if first is UNDEFINED or second is UNDEFINED:
            return UNDEFINED
        return from_decimal(of_decimals(first, second), version)

    return compute


def _quotient(left: int, right: int) -> int | Undefined:
    """Rounded towards zero."""
    if right == 0:
        return UNDEFINED
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _rest(left: int, right: int) -> int | Undefined:
    """With the sign of *left*."""
    if right == 0:
        return UNDEFINED
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


_add = _computing(lambda left, right: left + right, ARITHMETIC.add)

OPERATORS: dict[str, Operator] = {
    "=": _equal,
    "<>": _not_equal,
    "IN": _in,
    ">": _comparing(lambda left, right: left > right),
    ">=": _comparing(lambda left, right: left >= right),
    "<": _comparing(lambda left, right: left < right),
    "<=": _comparing(lambda left, right: left <= right),
    "+": _plus,
    "-": _computing(lambda left, right: left - right, ARITHMETIC.subtract),
    "*": _computing(lambda left, right: left * right, ARITHMETIC.multiply),
    "/": _computing(_quotient, ARITHMETIC.divide),
    "%": _computing(_rest, ARITHMETIC.remainder),
}
