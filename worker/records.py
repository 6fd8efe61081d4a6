"""How the store's Lua scripts write a job down, read back into plain data. The order of the fields is the one in
``lua/prelude.lua``.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum

from worker.job import Job, JobOptions, JobStatus, Outcome, Requester, Shadow, ShadowStatus, ThingStatus

THING_FIELD = "."
_STATUS, _ATTEMPTS, _ERROR, _VERSION, _LAMBDA_STATUS, _REQUEST_ID = 0, 1, 6, 7, 8, 9


def read_job(flat_job: Sequence[str], flat_records: Sequence[str]) -> Job:
    """A job from its hash and its Thing's hash, each a flat list of fields and values, as HGETALL answers inside a
    script.
    """
    job, records = _pairs(flat_job), _pairs(flat_records)
    thing = json.loads(records.pop(THING_FIELD, "[]")) or [ThingStatus.FAILED] + [""] * _ERROR
    return Job(
        job_id=job["id"],
        status=JobStatus(job["status"]),
        thing_name=job["thing"],
        shadows=tuple(_shadow(name, json.loads(packed)) for name, packed in sorted(records.items())),
        errors=(thing[_ERROR],) if thing[_ERROR] else (),
        empty=job.get("empty") == "1",
        things=_counts(job, "things", ThingStatus),
        shadow_counts=_counts(job, "shadows", ShadowStatus),
        options=read_options(job.get("options", "")),
        requested_by=Requester(email=job["email"], api_key=job["label"]),
        created_at=_time(job["createdAt"]),
        started_at=_time(job["startedAt"]) if "startedAt" in job else None,
        finished_at=_time(job["finishedAt"]) if "finishedAt" in job else None,
    )


def write(value: object) -> str:
    """A value as the scripts take it: absent is the empty string."""
    return "" if value is None else str(value)


def write_options(options: JobOptions) -> str:
    """A job's options as its hash has them: the names of those that are on, and mostly nothing."""
    return ",".join(name for name, on in asdict(options).items() if on)


def read_options(written: str) -> JobOptions:
    return JobOptions(**dict.fromkeys(filter(None, written.split(",")), True))


def _shadow(name: str, record: Sequence[str]) -> Shadow:
    outcome = Outcome(
        status=ShadowStatus(record[_STATUS]),
        version=int(record[_VERSION]) if record[_VERSION] else None,
        lambda_status_code=int(record[_LAMBDA_STATUS]) if record[_LAMBDA_STATUS] else None,
        lambda_request_id=record[_REQUEST_ID] or None,
        error=record[_ERROR] or None,
    )
    return Shadow(name=name, attempts=int(record[_ATTEMPTS]), outcome=outcome)


def _pairs(flat: Sequence[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _counts(job: Mapping[str, str], scope: str, statuses: Iterable[StrEnum]) -> dict[str, int]:
    return {name: int(job.get(f"{scope}.{name}", 0)) for name in ("total", *statuses)}


def _time(milliseconds: str) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
