"""The rule in force, as the workers tell it to the API, which knows no AWS and evaluates no SQL."""

import json
from dataclasses import asdict, dataclass

from redis import Redis

_KEY = "shadow-sync:rule"


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleReport:
    """``version``: the SQL version; ``topic_filter``: of FROM; ``source``: where the SQL was read."""

    sql: str
    version: str
    topic_filter: str
    source: str


class RuleReports:
    """The report of the worker that started last. Raises ``redis.RedisError`` where the server cannot be reached."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def tell(self, report: RuleReport) -> None:
        self._redis.set(_KEY, json.dumps(asdict(report)))

    def read(self) -> RuleReport | None:
        """None where no worker has told yet."""
        told = self._redis.get(_KEY)
        return RuleReport(**json.loads(str(told))) if told else None
