"""A look into Valkey past the network: who holds what, what is left when all is done; and a step of its clock."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

Found = TypeVar("Found")
PREFIX = "shadow-sync:"
_SECONDS = 5.0
# Whatever is leased stands in a due set. Of each: its place, and the token of whoever holds it.
_LEASES = """
local found = {}
for _, lane in ipairs({'interactive', 'bulk'}) do
  for _, member in ipairs(redis.call('ZRANGE', KEYS[1] .. 'due:' .. lane, 0, -1)) do
    local job, thing, shadow = string.match(member, '^([^/]*)/?([^/]*)/?(.*)$')
    local key = KEYS[1] .. 'job:' .. job .. (thing == '' and ':selection' or ':thing:' .. thing)
    local packed = redis.call('HGET', key, shadow == '' and '.' or shadow)
    local token = packed and cjson.decode(packed)[6] or ''
    if token ~= '' and token ~= '@' then
      found[#found + 1] = lane .. ' ' .. member
      found[#found + 1] = token
    end
  end
end
return found
"""
# A clock that steps by so many milliseconds makes every time that is stored look as much older; so it is made older.
_STEP = """
local by = tonumber(ARGV[1])
for _, key in ipairs(redis.call('KEYS', KEYS[1] .. '*')) do
  if string.find(key, ':due:', 1, true) then
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      redis.call('ZINCRBY', key, -by, member)
    end
  elseif string.find(key, ':thing:', 1, true) and redis.call('TYPE', key).ok == 'hash'
      or string.sub(key, -10) == ':selection' then
    local flat = redis.call('HGETALL', key)
    for i = 1, #flat, 2 do
      -- What a selection is to find is a list, too, and no record.
      if string.sub(flat[i + 1], 1, 2) == '["' and flat[i] ~= 'find' then
        local record = cjson.decode(flat[i + 1])
        for _, place in ipairs({4, 5}) do
          record[place] = record[place] == 0 and 0 or record[place] - by
        end
        redis.call('HSET', key, flat[i], cjson.encode(record))
      end
    end
  elseif string.find(key, ':pace:', 1, true) then
    if redis.call('TYPE', key).ok == 'hash' then
      for _, field in ipairs({'next', 'at', 'urgent', 'cut'}) do
        local stored = redis.call('HGET', key, field)
        if stored then
          redis.call('HSET', key, field, string.format('%.3f', stored - by))
        end
      end
    else
      for i = 0, redis.call('LLEN', key) - 1 do
        redis.call('LSET', key, i, redis.call('LINDEX', key, i) - by)
      end
    end
  end
end
"""
# What stays of a job that has ended, and what belongs to no job. Everything else must be gone, or expire.
_KEPT = ("audit", "counters", "jobs", "rule", "workers", "_kombu.binding")


class Store:
    """Valkey itself, at *url*. While it is away a call waits a few seconds for its return."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url, socket_timeout=_SECONDS, socket_connect_timeout=1.0, decode_responses=True, retry=Retry(NoBackoff(), 0)
        )

    def leases(self) -> dict[str, str]:
        """Who holds what: a token by lane and place in the due set."""
        flat: list[str] = self._ask(lambda: self._redis.eval(_LEASES, 1, PREFIX))
        return dict(zip(flat[::2], flat[1::2], strict=True))

    def step_the_clock(self, seconds: float) -> None:
        """Make all stored times look as they would, had the server's clock been put forward by *seconds*."""
        self._ask(lambda: self._redis.eval(_STEP, 1, PREFIX, round(seconds * 1000)))

    def left(self) -> list[str]:
        """What should not be there once every job has ended, a line each."""
        found: list[str] = self._ask(self._left)
        return found

    def kept_bytes(self) -> int:
        """What the keys take."""
        keys = list(self._ask(lambda: list(self._redis.scan_iter(match="*", count=1000))))
        with self._redis.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.memory_usage(key, samples=0)
            return sum(size or 0 for size in pipeline.execute())

    def used_bytes(self) -> int:
        return int(self._ask(lambda: self._redis.info("memory"))["used_memory"])

    def close(self) -> None:
        self._redis.close()

    def _left(self) -> list[str]:
        lines = []
        for key in sorted(self._redis.scan_iter(match="*", count=1000)):
            name = key.removeprefix(PREFIX)
            if not name.startswith(_KEPT) and self._redis.ttl(key) == -1:
                lines.append(f"{name} ({self._redis.type(key)!s})")
        return lines

    def _ask(self, question: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + _SECONDS
        while True:
            try:
                return question()
            except RedisError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
