"""Things, their shadows, and the calls that read and change them. Knows no HTTP."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, KeysView, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.documents import stamp
from sandbox.errors import AwsError
from sandbox.messages import compact_json
from sandbox.updates import EMPTY, Content, checked, merged

TOMBSTONE_SECONDS = 48 * 3600


@dataclass(slots=True)
class Shadow:
    content: Content
    version: int = 1
    raw: bytes | None = None
    vanished: bool = False


Name = str | None
"""A shadow's name; None is the classic, unnamed shadow."""


class ShadowStore:
    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._things: dict[str, dict[Name, Shadow]] = {}
        self._sorted: dict[str, list[str]] = {}
        self._deleted: dict[tuple[str, Name], tuple[int, float]] = {}

    def clear(self) -> None:
        self._things.clear()
        self._sorted.clear()
        self._deleted.clear()

    def add_thing(self, thing: str) -> None:
        self._things.setdefault(thing, {})

    def add(self, thing: str, name: Name, shadow: Shadow) -> None:
        self._things.setdefault(thing, {})[name] = shadow
        self._sorted.pop(thing, None)

    def counts(self) -> dict[str, int]:
        """Thing name to the number of its named shadows."""
        return {thing: sum(name is not None for name in shadows) for thing, shadows in self._things.items()}

    def things(self) -> KeysView[str]:
        return self._things.keys()

    def shadows(self, thing: str) -> Mapping[Name, Shadow]:
        """What lies there now, for a look."""
        return self._things.get(thing, {})

    def names(self, thing: str, after: str, limit: int) -> tuple[list[str], bool]:
        """Up to `limit` shadow names above `after` in sorted order, and whether more follow."""
        ordered = self._sorted.get(thing)
        if ordered is None:
            ordered = sorted(name for name in self._things.get(thing, {}) if name is not None)
            self._sorted[thing] = ordered
        start = bisect_right(ordered, after) if after else 0
        return ordered[start : start + limit], start + limit < len(ordered)

    def get(self, thing: str, name: Name) -> bytes:
        """The document of GetThingShadow, or the raw bytes put in its place."""
        shadow = self._find(thing, name)
        if shadow.vanished:
            raise _missing(thing, name)
        if shadow.raw is not None:
            return shadow.raw
        return b'%b%d,"timestamp":%d}' % (shadow.content.json(), shadow.version, self._clock())

    def delete(self, thing: str, name: Name) -> bytes:
        shadow = self._find(thing, name)
        del self._things[thing][name]
        self._sorted.pop(thing, None)
        now = self._clock()
        self._deleted[thing, name] = (shadow.version, now)
        return compact_json({"version": shadow.version, "timestamp": int(now)})

    def update(self, thing: str, name: Name, body: bytes) -> bytes:
        """Merge an update document; answers what AWS publishes on update/accepted."""
        request = checked(body)
        now = int(self._clock())
        old = self._things.get(thing, {}).get(name)
        version = old.version if old else self._version_before(thing, name)
        if "version" in request and request["version"] != version:
            raise AwsError(409, "ConflictException", "Version conflict")
        shadow = Shadow(merged(old.content if old else EMPTY, request["state"], now), version + 1)
        if old is None:
            self.add(thing, name, shadow)
        else:
            self._things[thing][name] = shadow
        accepted: dict[str, Any] = {
            "state": request["state"],
            "metadata": {section: stamp(value, now) for section, value in (request["state"] or {}).items()},
            "version": shadow.version,
            "timestamp": now,
        }
        if "clientToken" in request:
            accepted["clientToken"] = request["clientToken"]
        return compact_json(accepted)

    def put_raw(self, thing: str, name: str, body: bytes | None) -> None:
        """Let GET answer these bytes instead of a document, making the shadow if it is missing; None undoes it."""
        if body is None:
            self._find(thing, name).raw = None
            return
        if name not in self._things.get(thing, {}):
            self.add(thing, name, Shadow(EMPTY))
        self._things[thing][name].raw = body

    def vanish(self, thing: str, name: str, vanished: bool) -> None:
        """Keep the shadow listed but answer 404 to GET, as for one deleted between the two calls."""
        self._find(thing, name).vanished = vanished

    def restore(self) -> None:
        """Undo every put_raw and vanish."""
        for shadows in self._things.values():
            for shadow in shadows.values():
                shadow.raw, shadow.vanished = None, False

    def _find(self, thing: str, name: Name) -> Shadow:
        shadow = self._things.get(thing, {}).get(name)
        if shadow is None:
            raise _missing(thing, name)
        return shadow

    def _version_before(self, thing: str, name: Name) -> int:
        # A name recreated within 48 hours continues its version, later it starts again:
        # https://docs.aws.amazon.com/iot/latest/developerguide/device-shadow-data-flow.html
        version, when = self._deleted.get((thing, name), (0, 0.0))
        return version if self._clock() - when < TOMBSTONE_SECONDS else 0


def _missing(thing: str, name: Name) -> AwsError:
    return AwsError(404, "ResourceNotFoundException", f"No shadow exists with name: '{name or thing}'")
