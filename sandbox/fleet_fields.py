"""What the fleet index holds of a Thing, and the fields by which a query reaches into it.

https://docs.aws.amazon.com/iot/latest/developerguide/managing-fleet-index.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.documents import Json
from sandbox.registry import Registration, thing_id
from sandbox.shadows import Name, Shadow

SECTIONS = ("reported", "desired")


class QueryError(ValueError):
    """The text says what is wrong with a query."""


@dataclass(frozen=True, slots=True)
class IndexedThing:
    name: str
    registration: Registration
    groups: list[str]
    shadows: Mapping[Name, Shadow]


Field = Callable[[IndexedThing], Iterable[Json]]
"""The values of a field: none, one, or each of a list."""


def field(path: str) -> Field:
    """The field of that name. QueryError if the sandbox's index has none such."""
    first, _, rest = path.partition(".")
    match first:
        case "attributes" if rest:
            return lambda thing: _one(thing.registration.attributes.get(rest))
        case "shadow" if rest.startswith("name."):
            _, _, below = rest.partition(".")
            shadow, _, inner = below.partition(".")
            return _shadow_field(shadow, inner, path)
        case "shadow":
            return _shadow_field(None, rest, path)
    registered = _REGISTERED.get(path)
    if registered is None:
        raise QueryError(f"the index has no field {path!r}")
    return registered


def _shadow_field(shadow: Name, path: str, whole: str) -> Field:
    section, *keys = path.split(".")
    if section == "hasDelta" and not keys:
        return lambda thing: [bool(thing.shadows[shadow].content.delta)] if shadow in thing.shadows else ()
    if section not in SECTIONS or "" in keys:
        raise QueryError(f"the index has no field {whole!r}")

    def values(thing: IndexedThing) -> Iterable[Json]:
        found = thing.shadows.get(shadow)
        value: Any = None if found is None else found.content.state.get(section)
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, list) else _one(value)

    return values


def _one(value: Json) -> Iterable[Json]:
    return () if value is None else (value,)


_REGISTERED: dict[str, Field] = {
    "thingName": lambda thing: (thing.name,),
    "thingId": lambda thing: (thing_id(thing.name),),
    "thingTypeName": lambda thing: _one(thing.registration.thing_type_name),
    "thingGroupNames": lambda thing: thing.groups,
}
