"""Functions that put together, or look into, what has parts: Array, Object, and String with its characters.

https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html
"""

from iot_sql import limits
from iot_sql.errors import LimitError
from iot_sql.functions import utf16
from iot_sql.functions.registry import Call, function
from iot_sql.values import UNDEFINED, Value, Version, to_decimal, to_json, to_string

_TRANSFORMED_BYTES = 128 * 1024
"""https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-func-transform"""


@function("concat", 0, None)
def concat(_: Call, *parts: Value) -> Value:
    """One Array of all *parts* where one of them is an Array, or one String of them where one is a String.

    Of a part alone the page says both that it comes back as it is and that ``concat(1)`` is ``"1"``; "returns a String
    or an Array" decides for the String. A part without a String form makes the String Undefined, and is left out of
    an Array where it is Undefined, as JSON leaves it out.
    """
    limits.check_size(list(parts))
    if any(type(part) is list for part in parts):
        return [one for part in parts if part is not UNDEFINED for one in (part if type(part) is list else [part])]
    if len(parts) != 1 and not any(type(part) is str for part in parts):
        return UNDEFINED
    texts = [to_string(part) for part in parts]
    return "".join(text for text in texts if text is not UNDEFINED) if UNDEFINED not in texts else UNDEFINED


@function("get", 2)
def get(_: Call, collection: Value, key: Value) -> Value:
    """The item at the index *key*, counted from 0, of an Array or a String, or the value of the key *key*."""
    if type(collection) is dict:
        return collection.get(key, UNDEFINED) if type(key) is str else UNDEFINED
    if type(collection) is list:
        index = _index(key, len(collection))
        return UNDEFINED if index is None else collection[index]
    if type(collection) is str:
        index = _index(key, utf16.length(collection))
        return UNDEFINED if index is None else utf16.cut(collection, index, index + 1)
    return UNDEFINED


@function("get_or_default", 1, 2, since=Version.V2016)
def get_or_default(_: Call, expression: Value, default: Value = UNDEFINED) -> Value:
    """*expression*, or *default* where *expression* is Null or Undefined."""
    return default if expression is None or expression is UNDEFINED else expression


@function("transform", 3, since=Version.V2016)
def transform(_: Call, mode: Value, attributes: Value, rows: Value) -> Value:
    """Each Object of the Array *rows* with *attributes* added to it. Of a name that both have, *attributes* tells
    the value: the page does not say.

    Raises:
        LimitError: the Array would be longer than the 128 KiB that AWS allows.
    """
    if mode != "enrichArray" or type(attributes) is not dict or type(rows) is not list:
        return UNDEFINED
    if not all(type(row) is dict for row in rows):
        return UNDEFINED
    _check(len(rows) * len(attributes))
    enriched = [{**row, **attributes} for row in rows]
    limits.check_size(enriched)
    _check(len(utf16.to_utf8(to_json(enriched))))
    return enriched


def _check(size: int) -> None:
    if size > _TRANSFORMED_BYTES:
        raise LimitError(f"transform() would make an Array of more than {_TRANSFORMED_BYTES} bytes")


def _index(value: Value, length: int) -> int | None:
    """*value* rounded down to an Int; None where that is no index of *length* items."""
    number = to_decimal(value)
    return int(number) if number is not UNDEFINED and 0 <= number < length else None
