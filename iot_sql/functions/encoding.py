"""encode() and decode().

https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-sql-decode-base64
"""

import base64
import re

from iot_sql import limits, payload
from iot_sql.errors import LimitError, NeedsAws
from iot_sql.functions import utf16
from iot_sql.functions.registry import Call, function
from iot_sql.values import UNDEFINED, Undefined, Value, Version, to_string

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?")
"""What Java's basic decoder takes: the padding may be missing, and nothing else may be there, not even a line end."""

_QUANTUM = 4


@function("encode", 2, since=Version.V2016, takes_raw=True)
def encode(_: Call, value: Value | bytes, scheme: Value) -> Value:
    """The bytes of the message, or the UTF-8 bytes of what *value* is as a String, in base64."""
    data = _to_bytes(value)
    if data is UNDEFINED or scheme != "base64":
        return UNDEFINED
    return base64.b64encode(data).decode()


@function("decode", 2, 6, since=Version.V2016, takes_raw=True)
def decode(call: Call, value: Value | bytes, scheme: Value, *descriptor: Value) -> Value:
    """What *value* says in base64: the value of a JSON text, or else the text. Null where it is not base64, or not of
    UTF-8 text.

    Raises:
        NeedsAws: the scheme is "proto", whose descriptor file is in S3.
        LimitError: the JSON is nested too deeply.
    """
    if scheme == "proto":
        raise NeedsAws("decode")
    data = _to_bytes(value)
    if data is UNDEFINED or scheme != "base64" or descriptor:
        return UNDEFINED
    text = data.decode("latin-1")
    if not _BASE64.fullmatch(text):
        return None
    decoded = base64.b64decode(text + "=" * (-len(text) % _QUANTUM))
    try:
        return _shallow(payload.parse(decoded, call.version))
    except RecursionError:
        raise LimitError(_TOO_DEEP) from None
    except payload.NotJson:
        pass
    try:
        return decoded.decode()
    except UnicodeDecodeError:
        return None


_TOO_DEEP = f"decode() found JSON of more than {limits.DEPTH} levels"


def _to_bytes(value: Value | bytes) -> bytes | Undefined:
    if isinstance(value, bytes):
        return value
    text = to_string(value)
    return UNDEFINED if text is UNDEFINED else utf16.to_utf8(text)


def _shallow(value: Value) -> Value:
    """*value* itself, which is nested no deeper than a message may be."""
    level: list[Value] = [value]
    for _ in range(limits.DEPTH + 1):
        parents = [one for one in level if isinstance(one, list | dict)]
        if not parents:
            return value
        level = [one for parent in parents for one in (parent if isinstance(parent, list) else parent.values())]
    raise LimitError(_TOO_DEEP)
