"""How a job is answered: the status, the headers that say when to look again, and what of ``Prefer`` was honoured."""

import math
from datetime import UTC, datetime
from http import HTTPStatus

from flask.wrappers import Response
from structlog.contextvars import bind_contextvars

from api.errors import NotFound
from api.inputs import WaitHeaders
from api.job_answers import JobAnswer
from api.syncs import Seen
from worker.job import Job, ShadowStatus

_MAX_RETRY_AFTER_SECONDS = 10


def granted(header: WaitHeaders, cap: int) -> int | None:
    wait = header.preferences.wait
    return None if wait is None else min(wait, cap)


def wait_applied(seen: Seen, wait: int | None) -> list[str]:
    # Not to wait at all can always be granted.
    return [f"wait={wait}"] if seen.waited or wait == 0 else []


def found(seen: Seen) -> Job:
    if seen.job is None:
        raise NotFound("There is no such job, or it has expired.")
    bind_contextvars(job_id=seen.job.job_id)
    return seen.job


def respond(job: Job, status: HTTPStatus) -> Response:
    response = Response(JobAnswer.of(job).model_dump_json(by_alias=True), status.value, mimetype="application/json")
    if not job.status.ended or status == HTTPStatus.ACCEPTED:
        response.headers["Retry-After"] = str(_retry_after(job))
    return response


def _retry_after(job: Job) -> int:
    """In how many seconds the job may have ended, at the pace that it has had so far."""
    counts = job.shadow_counts
    left = counts[ShadowStatus.PENDING] + counts[ShadowStatus.RUNNING]
    done = counts["total"] - left
    if not done or job.started_at is None:
        return 1
    pace = (datetime.now(UTC) - job.started_at).total_seconds() / done
    return min(max(math.ceil(left * pace), 1), _MAX_RETRY_AFTER_SECONDS)
