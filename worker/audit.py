"""Who asked for what, and what came of it: the last entries, newest first, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis

from worker.keys import KEY_PREFIX

KEPT = 100_000
KEPT_DAYS = 90
_STREAM = f"{KEY_PREFIX}audit"
_LOOKED_AT = 2000
_BATCH = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One request. ``api_key``: the label; ``job_id``: of the job that it started or was about; ``status``: of the
    answer.
    """

    at: datetime
    request_id: str
    email: str
    api_key: str
    method: str
    path: str
    job_id: str | None
    remote_address: str
    status: int


class Audit:
    """About *kept* entries, and none older than *kept_days*. Raises ``redis.RedisError`` where the server cannot be
    reached.
    """

    def __init__(self, redis: "Redis", *, kept: int = KEPT, kept_days: float = KEPT_DAYS) -> None:
        self._redis = redis
        self._kept = kept
        self._kept_time = timedelta(days=kept_days)

    def add(self, entry: Entry) -> None:
        with self._redis.pipeline(transaction=False) as pipeline:
            # Redis trims while it adds by one measure only.
            pipeline.xadd(_STREAM, _written(entry), maxlen=self._kept, approximate=True)
            pipeline.xtrim(_STREAM, minid=self._oldest(), approximate=False)
            pipeline.execute()

    def page(
        self, *, limit: int, after: str | None = None, email: str | None = None, job_id: str | None = None
    ) -> tuple[list[Entry], str | None]:
        """At most *limit* entries, and the *after* of the next page; None is the end.

        A page looks at two thousand entries at most: with filters it can be short, or empty, and not be the last.
        """
        found: list[Entry] = []
        for looked_at, (place, entry) in enumerate(self._from(after), start=1):
            if email in (None, entry.email) and job_id in (None, entry.job_id):
                found.append(entry)
            if len(found) == limit or looked_at == _LOOKED_AT:
                return found, place
        return found, None

    def _from(self, after: str | None) -> Iterator[tuple[str, Entry]]:
        place = after
        while True:
            newest = f"({place}" if place else "+"
            # Trimming waits for the next entry, which may be long in coming.
            batch: Any = self._redis.xrevrange(_STREAM, newest, self._oldest(), count=_BATCH)
            yield from ((name, _read(fields)) for name, fields in batch)
            if len(batch) < _BATCH:
                return
            place = batch[-1][0]

    def _oldest(self) -> str:
        return str(int((datetime.now(UTC) - self._kept_time).timestamp() * 1000))


def _written(entry: Entry) -> dict[Any, Any]:
    return {
        "at": entry.at.isoformat(),
        "request_id": entry.request_id,
        "email": entry.email,
        "api_key": entry.api_key,
        "method": entry.method,
        "path": entry.path,
        "job_id": entry.job_id or "",
        "remote_address": entry.remote_address,
        "status": entry.status,
    }


def _read(fields: dict[str, str]) -> Entry:
    return Entry(
        at=datetime.fromisoformat(fields["at"]),
        request_id=fields["request_id"],
        email=fields["email"],
        api_key=fields["api_key"],
        method=fields["method"],
        path=fields["path"],
        job_id=fields["job_id"] or None,
        remote_address=fields["remote_address"],
        status=int(fields["status"]),
    )
