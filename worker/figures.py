"""What the store knows about everything at once: work, queues, workers and counters, over all processes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redis import Redis

from worker.job_request import Lane
from worker.scripts import Scripts
from worker.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class LaneFigures:
    """Of one lane. ``due``: works that have begun and not ended, each with a time at which somebody should look again;
    ``overdue``: those whose time has come, ``overdue_seconds`` for the longest; ``queued``: messages in the queue,
    ``queue_seconds`` the age of the oldest by the clock of whoever sent it, None where it does not say; ``feeding``:
    jobs with Things that have not been begun.
    """

    due: int
    overdue: int
    overdue_seconds: float
    queued: int
    queue_seconds: float | None
    feeding: int


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerFigures:
    """Of one worker process: whose wake-ups it takes, and how many seconds ago it told of itself, and got on."""

    lanes: tuple[Lane, ...]
    silent_seconds: float
    idle_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """``counters``: see :mod:`worker.counters`; what has never been counted is not there. ``workers``: by Celery's name
    for them, those that were not stopped in order for a day or more.
    """

    counters: Mapping[str, int]
    lanes: Mapping[Lane, LaneFigures]
    workers: Mapping[str, WorkerFigures]

    def workers_of(self, lane: Lane, *, silent_at_most: float) -> int:
        """How many workers of the lane have told of themselves within so many seconds."""
        return sum(lane in one.lanes and one.silent_seconds <= silent_at_most for one in self.workers.values())


class StoreFigures:
    """Thread-safe. Raises ``redis.RedisError`` where the server cannot be reached in time."""

    def __init__(self, redis: "Redis", settings: Settings) -> None:
        self._scripts = Scripts(redis, settings)

    def read(self) -> Figures:
        """One snapshot, whose cost grows with nothing but the number of workers."""
        now_ms, counters, workers, *lanes = self._scripts.of_no_job("figures", *Lane)
        return Figures(
            counters={name: int(value) for name, value in _pairs(counters)},
            lanes={lane: _lane(told, now_ms) for lane, told in zip(Lane, lanes, strict=True)},
            workers={name: _worker(told, now_ms) for name, told in _pairs(workers)},
        )


def _lane(told: Sequence[str | int], now_ms: int) -> LaneFigures:
    due, overdue, first_ms, queued, sent, feeding = told
    queue_seconds = max(now_ms / 1000 - float(sent), 0.0) if sent else None
    return LaneFigures(
        due=int(due),
        overdue=int(overdue),
        overdue_seconds=max(now_ms - float(first_ms), 0.0) / 1000 if first_ms else 0.0,
        queued=int(queued),
        queue_seconds=queue_seconds if queued else 0.0,
        feeding=int(feeding),
    )


def _worker(told: str, now_ms: int) -> WorkerFigures:
    lanes, told_ms, got_on_ms = json.loads(told)
    return WorkerFigures(
        # Another release can have another lane.
        lanes=tuple(lane for lane in Lane if lane in lanes.split(",")),
        silent_seconds=(now_ms - told_ms) / 1000,
        idle_seconds=(now_ms - got_on_ms) / 1000,
    )


def _pairs(flat: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(flat[::2], flat[1::2], strict=True))
