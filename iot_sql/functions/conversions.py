"""From one type to another, and what type a value has.

https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-sql-function-cast
"""

from collections.abc import Callable
from decimal import Decimal

from iot_sql.functions.registry import Call, function
from iot_sql.values import (
    UNDEFINED,
    Undefined,
    Value,
    Version,
    as_written,
    from_double,
    from_int,
    to_boolean,
    to_decimal,
    to_int,
    to_string,
)


def _number(value: Value) -> Decimal | Undefined:
    return Decimal(value) if type(value) is bool else to_decimal(value)


def _to_string(value: Value, _: Version) -> Value:
    return to_string(value)


def _to_int(value: Value, version: Version) -> Value:
    whole = int(value) if type(value) is bool else to_int(value)
    return UNDEFINED if whole is UNDEFINED else from_int(whole, version)


def _to_double(value: Value, version: Version) -> Value:
    number = _number(value)
    return UNDEFINED if number is UNDEFINED else from_double(float(number), version)


def _to_decimal(value: Value, version: Version) -> Value:
    number = _number(value)
    return UNDEFINED if number is UNDEFINED else as_written(number, version)


def _to_boolean(value: Value, _: Version) -> Value:
    if type(value) is bool or type(value) is str:
        return to_boolean(value)
    number = to_decimal(value)
    return UNDEFINED if number is UNDEFINED else number != 0


_Cast = Callable[[Value, Version], Value]

_V2015: dict[str, _Cast] = {
    "string": _to_string,
    "nvarchar": _to_string,
    "text": _to_string,
    "ntext": _to_string,
    "varchar": _to_string,
    "int": _to_int,
    "integer": _to_int,
    "double": _to_double,
}
_CASTS: dict[Version, dict[str, _Cast]] = {
    Version.V2015: _V2015,
    Version.V2016: {**_V2015, "decimal": _to_decimal, "bool": _to_boolean, "boolean": _to_boolean},
}


def cast_types(version: Version) -> frozenset[str]:
    """What *version* lets stand behind ``AS`` in ``cast(value AS type)``, in lower case."""
    return frozenset(_CASTS[version])


@function("cast", 2)
def cast(call: Call, value: Value, keyword: Value) -> Value:
    """*value* as the type that *keyword*, in any case, names. Undefined where the version knows no such type."""
    change = _CASTS[call.version].get(keyword.lower()) if isinstance(keyword, str) else None
    return change(value, call.version) if change else UNDEFINED


@function("isNull", 1)
def is_null(_: Call, value: Value) -> Value:
    return value is None


@function("isUndefined", 1, since=Version.V2016)
def is_undefined(_: Call, value: Value) -> Value:
    return value is UNDEFINED
