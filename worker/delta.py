"""What is desired of a shadow and not reported, by AWS IoT's rule.

Objects are compared member by member, arrays as a whole, numbers by value. What is not reported at all is all desired.
https://docs.aws.amazon.com/iot/latest/developerguide/device-shadow-document.html#delta-state
"""

from typing import Any

JsonObject = dict[str, Any]


def difference(desired: Any, reported: Any, metadata: Any) -> tuple[JsonObject, JsonObject] | None:
    """The desired members that differ from the reported ones, and their part of *metadata*. None where none does."""
    if not isinstance(desired, dict):
        return None
    if not isinstance(reported, dict):
        reported = {}
    delta: JsonObject = {}
    of_delta: JsonObject = {}
    for name, wanted in desired.items():
        known = metadata.get(name) if isinstance(metadata, dict) else None
        if name not in reported:
            delta[name], of_delta[name] = wanted, known
        elif isinstance(wanted, dict) and isinstance(reported[name], dict):
            inner = difference(wanted, reported[name], known)
            if inner:
                delta[name], of_delta[name] = inner
        elif not same(wanted, reported[name]):
            delta[name], of_delta[name] = wanted, known
    return (delta, {name: one for name, one in of_delta.items() if one is not None}) if delta else None


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal; 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    return bool(one == other)
