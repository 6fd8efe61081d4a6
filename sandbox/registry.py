"""What the control plane knows: Things with attributes and types, the groups that they are in, and topic rules.

As in AWS a Thing may have shadows without being registered, and be registered without having any.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sandbox.registry_seed import RegistryError, RegistrySeed, TopicRule

FLEET_GROUP = "fleet"


@dataclass(frozen=True, slots=True)
class Registration:
    thing_type_name: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    version: int = 1


PLAIN = Registration()
"""Shared by all the Things of a large fleet."""


@dataclass(slots=True)
class _Members:
    parent: str | None
    things: set[str] = field(default_factory=set)


class Registry:
    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._things: dict[str, Registration] = {}
        self._groups: dict[str, _Members] = {}
        self._rules: dict[str, tuple[TopicRule, float]] = {}
        self._sorted: dict[tuple[str | None, bool], list[str]] = {}

    def clear(self) -> None:
        self._things.clear()
        self._groups.clear()
        self._rules.clear()
        self._sorted.clear()

    def add(self, thing: str) -> None:
        """Register a Thing without anything, unless it is registered."""
        if thing not in self._things:
            self._things[thing] = PLAIN
            self._sorted.clear()

    def add_fleet(self, things: Iterable[str]) -> None:
        """Register the Things, in the group FLEET_GROUP."""
        members = self._groups.setdefault(FLEET_GROUP, _Members(None)).things
        for thing in things:
            self.add(thing)
            members.add(thing)

    def forget(self, thing: str) -> None:
        """As DeleteThing does: the Thing's shadows stay."""
        self._things.pop(thing, None)
        for group in self._groups.values():
            group.things.discard(thing)
        self._sorted.clear()

    def put(self, seed: RegistrySeed) -> None:
        """All of it, or a RegistryError that names what is missing."""
        self._check_groups(seed)
        for thing in seed.things:
            before = self._things.get(thing.thing_name)
            version = before.version + 1 if before else 1
            self._things[thing.thing_name] = Registration(thing.thing_type_name, thing.attributes, version)
        for group in seed.groups:
            members = self._groups.setdefault(group.thing_group_name, _Members(group.parent_group_name))
            members.things.update(group.things)
        now = self._clock()
        self._rules.update({rule.rule_name: (rule, now) for rule in seed.rules})
        self._sorted.clear()

    def _check_groups(self, seed: RegistrySeed) -> None:
        things = {thing.thing_name for thing in seed.things}
        parents = {name: group.parent for name, group in self._groups.items()}
        for group in seed.groups:
            name, parent = group.thing_group_name, group.parent_group_name
            if parent is not None and parent not in parents:
                raise RegistryError(f"The group {parent} is not there yet, of which {name} would be a part.")
            if parents.setdefault(name, parent) != parent and parent is not None:
                raise RegistryError(f"The group {name} is already somewhere else than under {parent}.")
            missing = next((thing for thing in group.things if thing not in things and thing not in self._things), None)
            if missing is not None:
                raise RegistryError(f"The Thing {missing} is not registered yet, which would be in the group {name}.")

    def registered(self, thing: str) -> bool:
        return thing in self._things

    def registration(self, thing: str) -> Registration:
        return self._things.get(thing, PLAIN)

    def things(self) -> list[str]:
        """Sorted."""
        return self._kept((None, True), lambda: self._things)

    def has_group(self, group: str) -> bool:
        return group in self._groups

    def members(self, group: str, recursive: bool) -> list[str]:
        """Sorted; with `recursive` those of the groups below, too."""
        return self._kept((group, recursive), lambda: set().union(*self._sets(group, recursive)))

    def groups_of(self, thing: str) -> list[str]:
        """Those that it is in itself."""
        return [name for name, group in self._groups.items() if thing in group.things]

    def sizes(self) -> list[dict[str, str | int | None]]:
        return [
            {"thingGroupName": name, "parentGroupName": group.parent, "things": len(group.things)}
            for name, group in self._groups.items()
        ]

    def rule(self, name: str) -> tuple[TopicRule, float] | None:
        """And when it was made, in seconds since 1970."""
        return self._rules.get(name)

    def _sets(self, group: str, recursive: bool) -> Iterable[set[str]]:
        yield self._groups[group].things
        if recursive:
            for name, other in self._groups.items():
                if other.parent == group:
                    yield from self._sets(name, recursive)

    def _kept(self, key: tuple[str | None, bool], found: Callable[[], Iterable[str]]) -> list[str]:
        names = self._sorted.get(key)
        if names is None:
            names = self._sorted[key] = sorted(found())
        return names


def thing_id(thing: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, thing))
