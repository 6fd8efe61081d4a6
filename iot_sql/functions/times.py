"""Time: reading and writing it, and the time at hand.

https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html
"""

import time

from iot_sql.dates.java_time import to_epoch
from iot_sql.dates.joda import format_time
from iot_sql.dates.zones import find_zone
from iot_sql.errors import LimitError
from iot_sql.functions.registry import Call, function
from iot_sql.values import UNDEFINED, Undefined, Value, Version, from_int, to_int, to_string

PATTERN_CHARACTERS = 1024
_LONG = range(-(2**63), 2**63)


@function("parse_time", 2, 3, since=Version.V2016)
def parse_time(_: Call, pattern: Value, timestamp: Value, timezone: Value = "UTC") -> Value:
    """*timestamp*, in milliseconds since 1970 UTC, as the Joda-Time *pattern* has it."""
    letters, milliseconds, name = _pattern(pattern), to_int(timestamp), to_string(timezone)
    if letters is UNDEFINED or milliseconds is UNDEFINED or name is UNDEFINED or milliseconds not in _LONG:
        return UNDEFINED
    zone = find_zone(name)
    text = format_time(letters, milliseconds, zone) if zone else None
    return UNDEFINED if text is None else text


@function("time_to_epoch", 2, since=Version.V2016)
def time_to_epoch(call: Call, timestamp: Value, pattern: Value) -> Value:
    """The milliseconds from 1970 UTC to *timestamp*, read by the java.time *pattern*; UTC where it names no zone."""
    text, letters = to_string(timestamp), _pattern(pattern)
    if text is UNDEFINED or letters is UNDEFINED:
        return UNDEFINED
    milliseconds = to_epoch(text, letters)
    return UNDEFINED if milliseconds is None or milliseconds not in _LONG else from_int(milliseconds, call.version)


@function("timestamp", 0)
def timestamp(call: Call) -> Value:
    """The time at hand, in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000 if call.context.now_ms is None else call.context.now_ms


def _pattern(pattern: Value) -> str | Undefined:
    text = to_string(pattern)
    if text is not UNDEFINED and len(text) > PATTERN_CHARACTERS:
        raise LimitError(f"a pattern for times of more than {PATTERN_CHARACTERS} characters")
    return text
