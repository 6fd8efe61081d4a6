"""Functions whose arguments are all Strings, or are made so."""

from collections.abc import Callable

from iot_sql.functions.registry import Call, Implementation
from iot_sql.values import UNDEFINED, Undefined, Value, to_string


def in_strings(result: Callable[..., Value]) -> Implementation:
    """*result* of the String forms of the arguments; Undefined where one of them, Null say, has none."""

    def of_strings(_: Call, *arguments: Value) -> Value:
        texts: list[str | Undefined] = [to_string(argument) for argument in arguments]
        return UNDEFINED if UNDEFINED in texts else result(*texts)

    return of_strings
