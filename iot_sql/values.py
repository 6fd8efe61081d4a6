"""The values of the language, and how one type becomes another.

============  ==================================================================
Int           ``int`` (never ``bool``), up to 34 digits when computed
Decimal       ``float`` where a double says it exactly as written, else ``decimal.Decimal``
Boolean       ``bool``
String        ``str``
Array         ``list``
Object        ``dict`` with ``str`` keys, in the order of the message
Null          ``None``
Undefined     ``UNDEFINED``
============  ==================================================================

https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-data-types.html
"""

import decimal
import re
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TypeAlias

import orjson
import simplejson


class Version(Enum):
    """The dated editions of the language.

    https://docs.aws.amazon.com/iot/latest/developerguide/iot-rule-sql-version.html
    """

    V2015 = "2015-10-08"
    V2016 = "2016-03-23"


class Undefined(Enum):
    """The type of :data:`UNDEFINED`, which is not a value: JSON says it by leaving it out."""

    UNDEFINED = "Undefined"

    def __repr__(self) -> str:
        return "UNDEFINED"

    def __bool__(self) -> bool:
        return False


UNDEFINED: Final = Undefined.UNDEFINED

Number: TypeAlias = int | float | Decimal
Value: TypeAlias = bool | Number | str | list[Any] | dict[str, Any] | Undefined | None

ARITHMETIC = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN, Emin=-999, Emax=999, traps=[])
"""Decimals have 34 digits and an exponent of three. What goes beyond is NaN or infinite, and thus Undefined."""

_DIGITS = 34
_DECIMAL_TEXT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE]-?[0-9]+)?")


def is_number(value: Value) -> bool:
    """Whether *value* is an Int or a Decimal."""
    return type(value) in (int, float, Decimal)


def from_decimal(value: Decimal, version: Version) -> Number | Undefined:
    """A computed Decimal as a value: rounded to 34 digits, and Undefined where it is not a number.

    From 2016-03-23 on a whole number is an Int: 10.0 becomes 10.
    """
    rounded = ARITHMETIC.plus(value)
    return as_written(rounded, version) if rounded.is_finite() else UNDEFINED


def as_written(value: Decimal, version: Version) -> Number:
    """A Decimal of a message or a literal, with every digit that it was written with."""
    if version is Version.V2016 and (not value or value.adjusted() < _DIGITS) and value == value.to_integral_value():
        return int(value)
    double = float(value)
    return double if Decimal(repr(double)) == value else value


def from_int(value: int, version: Version) -> Number | Undefined:
    """A computed Int as a value: beyond 34 digits it is a Decimal."""
    return value if abs(value) < 10**_DIGITS else from_decimal(Decimal(value), version)


def from_double(value: float, version: Version) -> Number | Undefined:
    """What a function of double precision computed, as a value."""
    return from_decimal(Decimal(repr(value)), version)


def to_decimal(value: Value) -> Decimal | Undefined:
    """Int, Decimal, or a String that says one; Undefined for everything else."""
    if type(value) is int or type(value) is Decimal:
        return Decimal(value)
    if type(value) is float:
        return Decimal(repr(value))
    if type(value) is str and _DECIMAL_TEXT.fullmatch(value):
        number = ARITHMETIC.create_decimal(value)
        return number if number.is_finite() else UNDEFINED
    return UNDEFINED


def to_int(value: Value) -> int | Undefined:
    """As :func:`to_decimal`, rounded down to the nearest Int. Undefined where its exponent is beyond the language's."""
    if type(value) is int:
        return value
    number = to_decimal(value)
    # A message can say 1E999999999, an Int of which would fill the memory.
    if number is UNDEFINED or number.adjusted() > ARITHMETIC.Emax:
        return UNDEFINED
    return int(number.to_integral_value(decimal.ROUND_FLOOR))


def to_boolean(value: Value) -> bool | Undefined:
    """A Boolean, or the String "true" or "false" in any case; Undefined for everything else."""
    if type(value) is bool:
        return value
    if type(value) is str:
        return {"true": True, "false": False}.get(value.lower(), UNDEFINED)
    return UNDEFINED


def to_string(value: Value) -> str | Undefined:
    """A String as it is, numbers and Booleans as text, Array and Object as JSON; Null and Undefined are Undefined."""
    if type(value) is str:
        return value
    if value is None or value is UNDEFINED:
        return UNDEFINED
    if type(value) is bool:
        return "true" if value else "false"
    if is_number(value):
        return str(to_decimal(value))
    return to_json(value)


def to_json(value: Value) -> str:
    """*value* as compact JSON, non-ASCII characters as they are. *value* holds nothing Undefined."""
    try:
        # Ten times as fast, but knows no Decimal, no Int beyond 64 bits, and no half of a surrogate pair.
        return orjson.dumps(value).decode()
    except TypeError:
        return simplejson.dumps(value, use_decimal=True, separators=(",", ":"), ensure_ascii=False)
