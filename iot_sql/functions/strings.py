"""Functions of one String, and those that compare or cut it.

All convert their arguments by the standard rules, so that ``upper(["a"])`` is ``["A"]`` as text; what has no String
form (Null, Undefined) gives Undefined. Positions and lengths are those of :mod:`iot_sql.functions.utf16`.

https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html
"""

import decimal

from iot_sql import limits
from iot_sql.errors import LimitError
from iot_sql.functions import utf16
from iot_sql.functions.registry import Call, function
from iot_sql.functions.string_arguments import in_strings
from iot_sql.values import UNDEFINED, Undefined, Value, Version, to_decimal, to_string

_LAST_ASCII = 127
_MOST_SPACES = 1000

_TABS_AND_SPACES = "\t "
"""What ltrim and rtrim take for white space, by their sections of the page."""

_UP_TO_SPACE = "".join(map(chr, range(ord(" ") + 1)))
"""What trim does, whose section does not say: Java's ``String.trim`` takes every character up to the space."""


def _indexof(text: str, wanted: str) -> int:
    """Where *wanted* begins in *text*, counted from 0; -1 where it is not there, as in Java."""
    found = text.find(wanted)
    return found if found < 0 else utf16.length(text[:found])


def _replace(text: str, old: str, new: str) -> str:
    if len(text) + text.count(old) * max(len(new) - len(old), 0) > limits.SIZE:
        raise LimitError(f"replace() would make a String of more than {limits.SIZE} characters")
    return text.replace(old, new)


function("endswith", 2)(in_strings(str.endswith))
function("indexof", 2, since=Version.V2016)(in_strings(_indexof))
function("length", 1, since=Version.V2016)(in_strings(utf16.length))
function("lower", 1)(in_strings(str.lower))
function("ltrim", 1)(in_strings(lambda text: text.lstrip(_TABS_AND_SPACES)))
function("numbytes", 1, since=Version.V2016)(in_strings(lambda text: len(utf16.to_utf8(text))))
function("replace", 3)(in_strings(_replace))
function("rtrim", 1)(in_strings(lambda text: text.rstrip(_TABS_AND_SPACES)))
function("startswith", 2)(in_strings(str.startswith))
function("trim", 1)(in_strings(lambda text: text.strip(_UP_TO_SPACE)))
function("upper", 1)(in_strings(str.upper))


@function("chr", 1)
def character(_: Call, code: Value) -> Value:
    number = _clamped(code, -1, _LAST_ASCII + 1)
    return chr(number) if number is not UNDEFINED and 0 <= number <= _LAST_ASCII else UNDEFINED


@function("lpad", 2)
def lpad(_: Call, text: Value, count: Value) -> Value:
    whole, spaces = to_string(text), _spaces(count)
    return UNDEFINED if whole is UNDEFINED or spaces is UNDEFINED else spaces + whole


@function("rpad", 2)
def rpad(_: Call, text: Value, count: Value) -> Value:
    whole, spaces = to_string(text), _spaces(count)
    return UNDEFINED if whole is UNDEFINED or spaces is UNDEFINED else whole + spaces


@function("substring", 2, 3)
def substring(_: Call, text: Value, start: Value, *end: Value) -> Value:
    whole = to_string(text)
    if whole is UNDEFINED:
        return UNDEFINED
    size = utf16.length(whole)
    first = _clamped(start, 0, size)
    last = _clamped(end[0], 0, size) if end else size
    if first is UNDEFINED or last is UNDEFINED:
        return UNDEFINED
    return utf16.cut(whole, first, last) if first < last else ""


def _clamped(value: Value, least: int, most: int) -> int | Undefined:
    """*value* rounded down to an Int, no less than *least* and no more than *most*.

    It is compared before it is rounded: a message can say 1E999999999, of which the Int would fill the memory.
    """
    number = to_decimal(value)
    if number is UNDEFINED:
        return UNDEFINED
    if number <= least:
        return least
    return most if number >= most else int(number.to_integral_value(decimal.ROUND_FLOOR))


def _spaces(count: Value) -> str | Undefined:
    number = _clamped(count, 0, _MOST_SPACES)
    return UNDEFINED if number is UNDEFINED else " " * number
