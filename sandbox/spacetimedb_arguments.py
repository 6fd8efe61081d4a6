"""Arguments of a reducer in SATS-JSON: https://spacetimedb.com/docs/sats-json

Rows spell values in the same way, but an option, which they give as [tag, value] only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.documents import Json, parse_json

_U64_END = 2**64


class ArgumentsError(ValueError):
    """Answered as 400: `invalid arguments for reducer …`."""


def string(value: Json) -> str:
    if not isinstance(value, str):
        raise ArgumentsError("expected a string")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ArgumentsError("lone surrogate in a string") from None
    return value


def u64(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _U64_END:
        raise ArgumentsError("expected a u64")
    return value


def optional_string(value: Json) -> str | None:
    """{"some": x}, [0, x]; {"none": []}, [1, []], null. A bare string is none of them."""
    if value is None:
        return None
    if isinstance(value, dict) and len(value) == 1:
        ((tag, inner),) = value.items()
    elif isinstance(value, list) and len(value) == 2 and not isinstance(value[0], bool):
        tag, inner = value
    else:
        raise ArgumentsError("expected sum type Option")
    if tag in ("some", 0):
        return string(inner)
    if tag in ("none", 1) and inner in ([], {}):
        return None
    raise ArgumentsError("unknown variant of Option")


Parameters = Mapping[str, Callable[[Json], Any]]


def arguments(body: bytes, parameters: Parameters) -> dict[str, Any]:
    """The arguments by name, from an array in the parameters' order or an object with their names."""
    try:
        given = parse_json(body)
    except ValueError:
        raise ArgumentsError("not JSON") from None
    if isinstance(given, list) and len(given) == len(parameters):
        given = dict(zip(parameters, given, strict=True))
    if not isinstance(given, dict) or given.keys() != parameters.keys():
        raise ArgumentsError(f"expected {len(parameters)} arguments: {', '.join(parameters)}")
    return {name: read(given[name]) for name, read in parameters.items()}
