"""The part of a running sandbox that is about its registry."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

from sandbox.app import Sandbox
from sandbox.registry_seed import registry_seed

WAIT_SECONDS = 10.0

Result = TypeVar("Result")


class RunningRegistry:
    def __init__(self, url: str, sandbox: Sandbox, loop: asyncio.AbstractEventLoop) -> None:
        self.url = url
        self._sandbox = sandbox
        self._loop = loop

    def seed_thing(
        self, thing: str, *, thing_type: str | None = None, attributes: Mapping[str, str] | None = None
    ) -> None:
        """Register a Thing, or change one; its shadows are what they were."""
        registration = {"thing_name": thing, "thing_type_name": thing_type, "attributes": dict(attributes or {})}
        self.register({"things": [registration]})

    def forget_thing(self, thing: str) -> None:
        """As DeleteThing: no longer registered or in a group, while its shadows stay."""
        self._do(lambda: self._sandbox.registry.forget(thing))

    def seed_group(self, group: str, things: Iterable[str] = (), *, parent: str | None = None) -> None:
        """Make a group, or put more registered Things into one. RegistryError if one, or the parent, is missing."""
        self.register({"groups": [{"thing_group_name": group, "parent_group_name": parent, "things": list(things)}]})

    def seed_rule(self, rule_name: str, sql: str, **parts: Any) -> None:
        """What GetTopicRule tells of it; `parts` as in TopicRule."""
        self.register({"rules": [{"rule_name": rule_name, "sql": sql, **parts}]})

    def register(self, parts: Mapping[str, Any]) -> None:
        """All of `parts`, named as those of a RegistrySeed, or a RegistryError that says what cannot be."""
        seed = registry_seed(parts)
        self._do(lambda: self._sandbox.registry.put(seed))

    def _do(self, action: Callable[[], Result]) -> Result:
        done: Future[Result] = Future()

        def run() -> None:
            try:
                done.set_result(action())
            except Exception as error:  # noqa: BLE001 - it is raised again in the caller's thread
                done.set_exception(error)

        self._loop.call_soon_threadsafe(run)
        return done.result(WAIT_SECONDS)
