"""Hashes of a String's UTF-8 bytes, in lower-case hexadecimal. Other values are hashed as the String they convert to.

https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-sql-function-hash
"""

import functools
import hashlib
from collections.abc import Callable
from typing import Protocol

from Crypto.Hash import MD2

from iot_sql.functions.registry import Call, Implementation, function
from iot_sql.values import UNDEFINED, Value, to_string


class _Digest(Protocol):
    def hexdigest(self) -> str: ...


def _hash(algorithm: Callable[[bytes], _Digest]) -> Implementation:
    def compute(_: Call, value: Value) -> Value:
        text = to_string(value)
        if text is UNDEFINED:
            return UNDEFINED
        # Half a surrogate pair, which JSON can carry and UTF-8 cannot, is a question mark as it is in Java.
        return algorithm(text.encode(errors="replace")).hexdigest()

    return compute


_md5 = functools.partial(hashlib.md5, usedforsecurity=False)
_sha1 = functools.partial(hashlib.sha1, usedforsecurity=False)

function("md2", 1)(_hash(MD2.new))
function("md5", 1)(_hash(_md5))
function("sha1", 1)(_hash(_sha1))
function("sha224", 1)(_hash(hashlib.sha224))
function("sha256", 1)(_hash(hashlib.sha256))
function("sha384", 1)(_hash(hashlib.sha384))
function("sha512", 1)(_hash(hashlib.sha512))
