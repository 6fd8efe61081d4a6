"""The Lua scripts of the job store: loaded once, each behind the prelude, and told the settings as constants."""

from functools import cached_property
from pathlib import Path
from typing import Any

from redis import Redis
from redis.commands.core import Script

from worker.keys import ENDED_CHANNEL, KEY_PREFIX, job_key
from worker.settings import Settings

_LUA = Path(__file__).parent / "lua"


class Scripts:
    """Thread-safe. Raises ``redis.RedisError`` where the server cannot be reached in time."""

    def __init__(self, redis: "Redis", settings: Settings) -> None:
        self._redis = redis
        self._head = _constants(settings)
        self._loaded: dict[str, Script] = {}

    def run(self, name: str, job_id: str, *args: Any, keys: tuple[str, ...] = ()) -> Any:
        """Run ``lua/{name}.lua`` on a job, whose id is the script's first argument. *keys* come after the job's."""
        return self._script(name)(keys=[job_key(job_id), *keys], args=[job_id, *args])

    def of_no_job(self, name: str, *args: str) -> Any:
        return self._script(name)(keys=[], args=list(args))

    def _script(self, name: str) -> Script:
        script = self._loaded.get(name)
        if script is None:
            source = self._head + self._prelude + (_LUA / f"{name}.lua").read_text()
            script = self._loaded[name] = self._redis.register_script(source)
        return script

    @cached_property
    def _prelude(self) -> str:
        return (_LUA / "prelude.lua").read_text()


def _constants(settings: Settings) -> str:
    values: dict[str, str | int] = {
        "PREFIX": KEY_PREFIX,
        "CHANNEL": ENDED_CHANNEL,
        "RETENTION_MS": settings.retention_seconds * 1000,
        "RESULTS_MS": settings.results_retention_seconds * 1000,
        "GRACE_MS": round(settings.grace_seconds * 1000),
        "LEASE_MS": round(settings.lease_seconds * 1000),
        "WINDOW": settings.window,
        "BACKLOG": settings.backlog,
        "THING_TPS": settings.thing_tps,
        "CONFIRM_MS": round(settings.confirm_within_seconds * 1000),
    }
    literals = ", ".join(f"'{value}'" if isinstance(value, str) else str(value) for value in values.values())
    return f"local {', '.join(values)} = {literals}\n"
