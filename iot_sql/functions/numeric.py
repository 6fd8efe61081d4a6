"""Functions of numbers. Strings that say a number are taken as one; whatever else is no number makes them Undefined.

https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-func-abs
"""

import decimal
import math
import random
from decimal import Decimal

from iot_sql.functions.double_precision import in_doubles
from iot_sql.functions.registry import Call, Implementation, function
from iot_sql.operators import OPERATORS
from iot_sql.values import (
    UNDEFINED,
    Value,
    Version,
    from_decimal,
    from_double,
    from_int,
    is_number,
    to_decimal,
)

_PLACES = 34
_TRUNCATION = decimal.Context(prec=2 * _PLACES + 1, rounding=decimal.ROUND_DOWN, traps=[])
"""Has room for as many digits as count before the point, and behind it."""

function("exp", 1)(in_doubles(math.exp))
function("ln", 1)(in_doubles(math.log))
function("log", 1)(in_doubles(math.log10))
function("power", 2)(in_doubles(math.pow))
function("sqrt", 1)(in_doubles(math.sqrt))


@function("abs", 1)
def absolute(call: Call, value: Value) -> Value:
    if type(value) is int:
        return from_int(abs(value), call.version)
    number = to_decimal(value)
    return UNDEFINED if number is UNDEFINED else from_decimal(number.copy_abs(), call.version)


def _whole(rounding: str) -> Implementation:
    def nearest(_: Call, value: Value) -> Value:
        number = to_decimal(value)
        if number is UNDEFINED:
            return UNDEFINED
        # The result is an Int in every version, and only 2016-03-23 makes Ints of whole Decimals.
        return from_decimal(number.to_integral_value(rounding), Version.V2016)

    return nearest


function("ceil", 1)(_whole(decimal.ROUND_CEILING))
function("floor", 1)(_whole(decimal.ROUND_FLOOR))
# The page's table says "rounded down"; its text and all five of its examples say this, -1.5 to -2 included.
function("round", 1)(_whole(decimal.ROUND_HALF_UP))


@function("mod", 2)
@function("remainder", 2)
def remainder(call: Call, dividend: Value, divisor: Value) -> Value:
    return OPERATORS["%"](dividend, divisor, call.version)


@function("nanvl", 2)
def nanvl(_: Call, value: Value, otherwise: Value) -> Value:
    """*value*, also where it is no number at all: only Undefined, Null and NaN give *otherwise*."""
    if value is UNDEFINED or value is None or (isinstance(value, float | Decimal) and math.isnan(value)):
        return otherwise
    return value


@function("rand", 0)
def rand(call: Call) -> Value:
    return from_double(random.random(), call.version)  # noqa: S311 - the language promises no secrecy


@function("sign", 1)
def sign(_: Call, value: Value) -> Value:
    number = to_decimal(value)
    return UNDEFINED if number is UNDEFINED else (number > 0) - (number < 0)


@function("trunc", 2)
def truncated(_: Call, value: Value, places: Value) -> Value:
    """Without trailing zeros, and an Int where nothing stands behind the point."""
    number, length = to_decimal(value), to_decimal(places)
    if number is UNDEFINED or length is UNDEFINED or not is_number(places):
        return UNDEFINED
    unit = Decimal((0, (1,), -math.floor(min(max(length, Decimal(0)), Decimal(_PLACES)))))
    shortened = number if number.adjusted() > _PLACES else number.quantize(unit, context=_TRUNCATION)
    return from_decimal(shortened.normalize(_TRUNCATION), Version.V2016)
