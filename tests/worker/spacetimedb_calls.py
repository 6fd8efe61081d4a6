"""The two calls of the client of SpacetimeDB, one test for both."""

import pytest

from worker.spacetimedb import SpacetimeDb

CANARY = "canary-4711"
DATABASE, TOKEN, URL = (f"SHADOW_SYNC_SPACETIMEDB_{name}" for name in ("DATABASE", "TOKEN", "URL"))


def land(database: SpacetimeDb, version: int = 1) -> None:
    database.upsert("lock", "config", version, f'{{"pin":"{CANARY}"}}', f'"{CANARY}"')


def read(database: SpacetimeDb) -> None:
    database.rows("lock")


CALLS = pytest.mark.parametrize(("call", "operation"), [(land, "CallReducer"), (read, "Sql")], ids=["upsert", "rows"])
