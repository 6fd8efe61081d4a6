"""The shadow document's arithmetic, in pure functions: merging an update, per-leaf metadata, the delta.

Rules: https://docs.aws.amazon.com/iot/latest/developerguide/device-shadow-document.html
"""

from __future__ import annotations

import json
import math
from typing import Any

Json = Any
JsonObject = dict[str, Any]


def parse_json(body: bytes) -> Json:
    """Strict JSON. ValueError for bad UTF-8, NaN, Infinity, numbers no double can hold, or hopeless nesting."""
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"number out of range: {text[:20]}")
    return number


def depth(value: Json) -> int:
    """Levels of objects and arrays: 0 for a scalar, 1 for `{}`."""
    deepest, level = 0, [value]
    while True:
        containers = [item for item in level if isinstance(item, dict | list)]
        if not containers:
            return deepest
        deepest += 1
        level = [inner for item in containers for inner in (item.values() if isinstance(item, dict) else item)]


def stamp(value: Json, now: int) -> Json:
    """Metadata of a value: `{"timestamp": now}` at every leaf; an array has one per element."""
    if isinstance(value, dict):
        return {key: stamp(inner, now) for key, inner in value.items()}
    if isinstance(value, list):
        return [stamp(inner, now) for inner in value]
    return {"timestamp": now}


def merge(state: JsonObject, metadata: JsonObject, patch: JsonObject, now: int) -> tuple[JsonObject, JsonObject]:
    """The section and its metadata after an update: objects merge, null removes, anything else replaces.

    The arguments are left as they are: documents may share them.
    """
    state, metadata = dict(state), dict(metadata)
    for key, value in patch.items():
        if value is None:
            state.pop(key, None)
            metadata.pop(key, None)
        elif isinstance(value, dict):
            old = state.get(key)
            known, known_metadata = (old, metadata[key]) if isinstance(old, dict) else ({}, {})
            state[key], metadata[key] = merge(known, known_metadata, value, now)
        else:
            state[key], metadata[key] = value, stamp(value, now)
    return state, metadata


def delta(desired: JsonObject, reported: JsonObject) -> JsonObject:
    """What of `desired` differs from `reported`: objects recurse, numbers compare by value, arrays are atomic.

    Empty when every desired field is reported alike; the whole of `desired` when nothing is reported.
    """
    differing: JsonObject = {}
    for key, wanted in desired.items():
        if key not in reported:
            differing[key] = wanted
            continue
        actual = reported[key]
        if isinstance(wanted, dict) and isinstance(actual, dict):
            inner = delta(wanted, actual)
            if inner:
                differing[key] = inner
        elif not same(wanted, actual):
            differing[key] = wanted
    return differing


def same(one: Json, other: Json) -> bool:
    """JSON equality: 1 and 1.0 are the same, 1 and true are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(left, right) for left, right in zip(one, other, strict=True))
    return type(one) is type(other) and bool(one == other)
