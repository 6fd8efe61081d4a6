"""The table device_named_shadow of pipeline/spacetimedb, and what its reducer does with it. SQLite keeps it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox import spacetimedb_query
from sandbox.spacetimedb_columns import U64, U64_OFFSET

# As in pipeline/spacetimedb/src/supersedes.ts, which says why.
GUARDED_MICROS = 24 * 3600 * 1_000_000

_SCHEMA = """
create table device_named_shadow (
    id text primary key, thing_name text, shadow_name text, version integer,
    reported text, desired text, updated_at integer
);
create index by_thing on device_named_shadow (thing_name);
"""
_FIND = "select version, updated_at from device_named_shadow where id = ?"
_PUT = "insert or replace into device_named_shadow values (?, ?, ?, ?, ?, ?, ?)"
_ALL = """
select thing_name, shadow_name, version, reported, desired, updated_at from device_named_shadow
where ?1 is null or thing_name = ?1 order by thing_name, shadow_name
"""
_DELETE = "delete from device_named_shadow where id = ?"
_CLEAR = "delete from device_named_shadow"


def now_micros() -> int:
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Row:
    """`reported` and `desired` are JSON in a string; `updated_at` is in microseconds since 1970."""

    thing_name: str
    shadow_name: str
    version: int
    reported: str | None = None
    desired: str | None = None
    updated_at: int = 0


class Table:
    def __init__(self, clock: Callable[[], int] = now_micros) -> None:
        self._clock = clock
        # Made in one thread, used in another, never in two at once.
        self._rows = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._rows.executescript(_SCHEMA)

    def upsert(self, row: Row) -> bool:
        """What the reducer does; False if the row that is there is newer, and stays."""
        now = self._clock()
        old = self._rows.execute(_FIND, (_id(row.thing_name, row.shadow_name),)).fetchone()
        if old and row.version < U64.shown(old[0]) and now - old[1] < GUARDED_MICROS:
            return False
        self.put(row, now)
        return True

    def put(self, row: Row, updated_at: int | None = None) -> None:
        """Write the row, whatever is there; now, or as of `updated_at`."""
        names = (_id(row.thing_name, row.shadow_name), row.thing_name, row.shadow_name)
        at = self._clock() if updated_at is None else updated_at
        self._rows.execute(_PUT, (*names, row.version - U64_OFFSET, row.reported, row.desired, at))

    def rows(self, thing: str | None = None) -> list[Row]:
        """By Thing and shadow name; of all Things where none is named."""
        found = self._rows.execute(_ALL, (thing,))
        return [Row(name, shadow, U64.shown(version), *rest) for name, shadow, version, *rest in found]

    def delete(self, thing: str, shadow: str) -> None:
        self._rows.execute(_DELETE, (_id(thing, shadow),))

    def clear(self) -> None:
        self._rows.execute(_CLEAR)

    def query(self, sql: str, *, owner: bool) -> dict[str, Any]:
        """See spacetimedb_query.answer."""
        return spacetimedb_query.answer(self._rows, sql, owner=owner)


def _id(thing: str, shadow: str) -> str:
    return f"{thing}/{shadow}"
