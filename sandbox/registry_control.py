"""The part of the sandbox's own API that is about the registry: GET shows its groups, POST puts more into it.

A body is {"things": [{"thingName", "thingTypeName"?, "attributes"?}], "groups": [{"thingGroupName", "parentGroupName"?,
"things"?}], "rules": [{"ruleName", "sql", …}]}, each part optional.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.control_requests import BadRequestError, json_body
from sandbox.messages import Request
from sandbox.registry import Registry
from sandbox.registry_seed import RegistryError, registry_seed


class RegistryControl:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self.routes: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "registry"): lambda _: self._shown(),
            ("POST", "registry"): self._put,
        }

    def _put(self, request: Request) -> dict[str, Any]:
        try:
            self._registry.put(registry_seed(json_body(request)))
        except RegistryError as error:
            raise BadRequestError(f"This cannot be registered: {error}") from None
        return self._shown()

    def _shown(self) -> dict[str, Any]:
        """How many Things are registered, and of each group how many it has itself."""
        return {"things": len(self._registry.things()), "groups": self._registry.sizes()}
