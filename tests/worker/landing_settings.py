"""Settings with a place where the rows are."""

from typing import Any

from sandbox import RunningSandbox
from tests.worker.conftest import quick_settings
from worker.settings import Settings


def with_rows(redis_url: str, sandbox: RunningSandbox, **changes: Any) -> Settings:
    return quick_settings(
        redis_url,
        **{
            "spacetimedb_url": sandbox.url,
            "spacetimedb_database": "shadows",
            "spacetimedb_token": sandbox.spacetimedb_token,
            "landing_timeout": 1.0,
            **changes,
        },
    )
