"""The fleet index: which Things a query finds, and the documents that SearchIndex shows of them.

It is made when asked, so that unlike AWS's it is never behind.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from sandbox.fleet_fields import IndexedThing
from sandbox.fleet_query import Condition, Match, Not, parse
from sandbox.messages import compact_json
from sandbox.registry import Registry, thing_id
from sandbox.shadows import ShadowStore


class FleetIndex:
    """Of the named shadows, only those in `shadow_names`, or all of them."""

    def __init__(self, registry: Registry, store: ShadowStore, shadow_names: Collection[str] | None) -> None:
        self._registry = registry
        self._store = store
        self._shadow_names = None if shadow_names is None else {None, *shadow_names}

    def finder(self, query: str) -> Callable[[str], bool]:
        """Whether the query finds the Thing of that name. QueryError."""
        condition = parse(query)
        return lambda thing: _holds(condition, self._thing(thing))

    def document(self, name: str) -> dict[str, Any]:
        """A ThingDocument; its `shadow` is JSON in a string."""
        thing = self._thing(name)
        document: dict[str, Any] = {"thingName": name, "thingId": thing_id(name)}
        if thing.registration.thing_type_name is not None:
            document["thingTypeName"] = thing.registration.thing_type_name
        document |= {"thingGroupNames": thing.groups, "attributes": dict(thing.registration.attributes)}
        if thing.shadows:
            document["shadow"] = _shadows(thing)
        return document

    def _thing(self, name: str) -> IndexedThing:
        shadows = self._store.shadows(name)
        if self._shadow_names is not None:
            shadows = {shadow: shadows[shadow] for shadow in shadows if shadow in self._shadow_names}
        return IndexedThing(name, self._registry.registration(name), self._registry.groups_of(name), shadows)


def _shadows(thing: IndexedThing) -> str:
    named = (
        b"%b:%b%d}" % (compact_json(name), shadow.content.indexed(), shadow.version)
        for name, shadow in thing.shadows.items()
        if name is not None
    )
    parts = b'"name":{%b}' % b",".join(named)
    classic = thing.shadows.get(None)
    if classic is not None:
        parts = b"%b%d,%b" % (classic.content.indexed()[1:], classic.version, parts)
    return (b"{%b}" % parts).decode()


def _holds(condition: Condition, thing: IndexedThing) -> bool:
    if isinstance(condition, Match):
        return condition.field is None or any(condition.test(value) for value in condition.field(thing))
    if isinstance(condition, Not):
        return not _holds(condition.part, thing)
    return (all if condition.every else any)(_holds(part, thing) for part in condition.parts)
