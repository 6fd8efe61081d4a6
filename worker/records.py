"""How the store's Lua scripts write a job down, read back into plain data. The order of the fields is the one in
``lua/prelude.lua``.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from worker.job import Job, JobOptions, JobStatus, Landing, Outcome, Requester, Shadow, ShadowStatus, ThingStatus

THING_FIELD = "."
_STATUS, _ATTEMPTS, _ERROR, _VERSION, _LAMBDA_STATUS, _REQUEST_ID = 0, 1, 6, 7, 8, 9
_ROW, _LANDED, _LANDED_VERSION, _LANDING_MS, _DELIVERED_AT = 10, 11, 12, 13, 14
_FIELDS = 15


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
        shadow_counts=_counts(job, "shadows", [*ShadowStatus, "landed"]),
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


def write_versions(versions: Mapping[str, int] | None) -> str:
    """Versions by name as the scripts take them; as text, since Lua's numbers have too few digits."""
    return "" if versions is None else json.dumps({name: str(version) for name, version in versions.items()})


def read_options(written: str) -> JobOptions:
    return JobOptions(**dict.fromkeys(filter(None, written.split(",")), True))


def awaited(packed: Mapping[str, str]) -> dict[str, int]:
    """The version that was sent of every shadow that is delivered, and not known to have landed."""
    records = {name: json.loads(text) for name, text in packed.items() if name != THING_FIELD}
    return {
        name: int(record[_VERSION])
        for name, record in records.items()
        if len(record) > _DELIVERED_AT and record[_LANDED] == ""
    }


def _shadow(name: str, record: list[str]) -> Shadow:
    record = record + [""] * (_FIELDS - len(record))
    outcome = Outcome(
        status=ShadowStatus(record[_STATUS]),
        version=_number(record[_VERSION]),
        lambda_status_code=_number(record[_LAMBDA_STATUS]),
        lambda_request_id=record[_REQUEST_ID] or None,
        error=record[_ERROR] or None,
    )
    landing = Landing(
        landed=None if record[_LANDED] == "" else bool(record[_LANDED]),
        version=_number(record[_LANDED_VERSION]),
        ms=_number(record[_LANDING_MS]),
    )
    return Shadow(
        name=name,
        attempts=int(record[_ATTEMPTS]),
        outcome=outcome,
        landing=landing,
        row_version=_number(record[_ROW]),
    )


def _number(text: str) -> int | None:
    return None if text == "" else int(text)


def _pairs(flat: Sequence[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _counts(job: Mapping[str, str], scope: str, statuses: Iterable[str]) -> dict[str, int]:
    return {name: int(job.get(f"{scope}.{name}", 0)) for name in ("total", *statuses)}


def _time(milliseconds: str) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
