"""How fast a job goes, and when it may end. The mean that the scripts keep forgets: ``note_rate`` in
``lua/prelude.lua``.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from worker.job import JobStatus, Pace

RATE_SECONDS = 10.0
_LONGEST = timedelta(days=30)


def pace_of(job: Mapping[str, str], now_ms: int) -> Pace | None:
    """From a job's hash. None before anything has ended."""
    if "rateAt" not in job or "startedAt" not in job:
        return None

    def number(name: str) -> int:
        return int(job.get(name, 0))

    until = int(job.get("finishedAt", now_ms))
    paused = number("pausedMs") + (until - number("pausedAt") if "pausedAt" in job else 0)
    seconds = max(until - int(job["startedAt"]) - paused, 1) / 1000
    overall = (number("shadows.delivered") + number("shadows.skipped") + number("shadows.failed")) / seconds
    if "finishedAt" in job:
        return Pace(now=0.0, overall=overall, estimated_end=None)
    # The mean of a young job has not seen all of its time yet.
    seen = 1 - math.exp(-max(seconds, 1.0) / RATE_SECONDS)
    rate = float(job["rate"]) * math.exp(-max(now_ms - int(job["rateAt"]), 0) / 1000 / RATE_SECONDS) / seen
    listed = number("things.listed")
    left = number("shadows.pending") + number("shadows.running")
    not_listed = max(number("things.total") - listed, 0)
    estimated_end = None
    if job["status"] == JobStatus.RUNNING and listed and rate > 0.01:
        ahead = timedelta(seconds=(left + not_listed * number("shadows.total") / listed) / rate)
        estimated_end = datetime.fromtimestamp(now_ms / 1000, UTC) + min(ahead, _LONGEST)
    return Pace(now=rate, overall=overall, estimated_end=estimated_end)
