"""How the store's Lua scripts write a job down, read back into plain data. The order of the fields is the one in
``lua/prelude.lua``.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from worker.job import ErrorClass, Job, JobStatus, Landing, Outcome, Shadow, ShadowStatus, ThingStatus
from worker.job_pace import pace_of
from worker.job_request import JobOptions, Lane, Requester, Selection, SelectionKind

THING_FIELD = "."
_STATUS, _ATTEMPTS, _ERROR, _VERSION, _LAMBDA_STATUS, _REQUEST_ID = 0, 1, 6, 7, 8, 9
_ROW, _LANDED, _LANDED_VERSION, _LANDING_MS, _DELIVERED_AT = 10, 11, 12, 13, 14
_FIELDS = 15
# Of a packed shadow: these of its fields, behind its name.
_PACKED = (
    *(_STATUS, _ATTEMPTS, _ERROR, _VERSION, _LAMBDA_STATUS, _REQUEST_ID),
    *(_ROW, _LANDED, _LANDED_VERSION, _LANDING_MS),
)
# As which errors are counted that have no class, or one more than are counted by name.
OTHER = "Other"
_CLASS = re.compile(r"([A-Za-z][A-Za-z0-9_.]*):")


class PackedThing:
    """A Thing that has ended, as one entry of a job's results."""

    def __init__(self, packed: str) -> None:
        name, status, error, *shadows = json.loads(packed)
        self.name: str = name
        self.error: str = error
        self.status = ThingStatus(status)
        self.shadows = tuple(sorted(map(_packed_shadow, shadows), key=lambda shadow: shadow.name))


def read_job(
    flat_job: Sequence[str], flat_errors: Sequence[str], flat_records: Sequence[str], packed: str, now_ms: int
) -> Job:
    """A job from its hash, its errors by class and, of a job of one Thing, the Thing's hash or what came of it; each a
    flat list of fields and values, as HGETALL answers inside a script.
    """
    job, records = _pairs(flat_job), _pairs(flat_records)
    thing_error, shadows = _one_thing(records, packed)
    things, shadow_counts = _counts(job, "things", ThingStatus), _counts(job, "shadows", [*ShadowStatus, "landed"])
    selection = Selection.read(job["selection"])
    return Job(
        job_id=job["id"],
        lane=Lane(job["lane"]),
        status=JobStatus(job["status"]),
        selection=selection,
        thing_name=selection.value if selection.kind is SelectionKind.THING else None,
        shadows=shadows,
        errors=tuple(filter(None, (job.get("error"), thing_error))),
        error_classes=_error_classes(_pairs(flat_errors)),
        may_be_empty="mayBeEmpty" in job,
        empty=job.get("empty") == "1" and things["total"] == 1,
        things=things,
        shadow_counts=shadow_counts,
        options=JobOptions.read(job.get("options", "")),
        requested_by=Requester(email=job["email"], api_key=job["label"]),
        comment=job.get("comment"),
        duplicates=int(job.get("duplicates", 0)),
        invalid=int(job.get("invalid", 0)),
        pace=pace_of(job, now_ms),
        retry_of=selection.value if selection.kind is SelectionKind.RETRY else None,
        retried_by=job.get("retriedBy"),
        created_at=_time(job["createdAt"]),
        started_at=_time(job["startedAt"]) if "startedAt" in job else None,
        finished_at=_time(job["finishedAt"]) if "finishedAt" in job else None,
        results_until=_time(job["resultsUntil"]) if "resultsUntil" in job else None,
    )


def error_class(error: str) -> str:
    """Of an error's text, as the scripts count it."""
    found = _CLASS.match(error)
    return found[1] if found else "NoNamedShadows" if "no named shadows" in error else OTHER


def write(value: object) -> str:
    """A value as the scripts take it: absent is the empty string."""
    return "" if value is None else str(value)


def write_versions(versions: Mapping[str, int] | None) -> str:
    """Versions by name as the scripts take them; as text, since Lua's numbers have too few digits."""
    return "" if versions is None else json.dumps({name: str(version) for name, version in versions.items()})


def awaited(packed: Mapping[str, str]) -> dict[str, int]:
    """The version that was sent of every shadow that is delivered, and not known to have landed."""
    records = {name: json.loads(text) for name, text in packed.items() if name != THING_FIELD}
    return {
        name: int(record[_VERSION])
        for name, record in records.items()
        if len(record) > _DELIVERED_AT and record[_LANDED] == ""
    }


def _one_thing(records: dict[str, str], packed: str) -> tuple[str, tuple[Shadow, ...]]:
    """The Thing's error, and its shadows."""
    if packed:
        thing = PackedThing(packed)
        return thing.error, thing.shadows
    own = json.loads(records.pop(THING_FIELD, "[]"))
    return own[_ERROR] if own else "", tuple(_shadow(name, json.loads(text)) for name, text in sorted(records.items()))


def _packed_shadow(packed: list[Any]) -> Shadow:
    record: list[Any] = [""] * _FIELDS
    name, *told = packed
    for position, value in zip(_PACKED, told, strict=False):
        record[position] = value
    return _shadow(name, record)


def _shadow(name: str, record: list[Any]) -> Shadow:
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


def _error_classes(packed: Mapping[str, str]) -> tuple[ErrorClass, ...]:
    """Most frequent first."""
    classes = [_error_class(name, *json.loads(text)) for name, text in packed.items()]
    return tuple(sorted(classes, key=lambda one: (-one.count, one.name)))


def _error_class(name: str, count: int, thing_name: str, shadow_name: str, error: str) -> ErrorClass:
    return ErrorClass(name=name, count=count, thing_name=thing_name, shadow_name=shadow_name, error=error)


def _number(text: str) -> int | None:
    return None if text == "" else int(text)


def _pairs(flat: Sequence[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _counts(job: Mapping[str, str], scope: str, statuses: Iterable[str]) -> dict[str, int]:
    return {name: int(job.get(f"{scope}.{name}", 0)) for name in ("total", *statuses)}


def _time(milliseconds: str) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
