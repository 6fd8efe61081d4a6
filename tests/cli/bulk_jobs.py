"""Jobs over many Things, and lists, as the service tells them."""

import json
from typing import Any

from tests.cli.service import JOB_ID, Canned

JSON = {"Content-Type": "application/json"}


def bulk_job(status: str = "running", **fields: Any) -> dict[str, Any]:
    """Halfway, but for *fields*; what has ended is "succeeded", "partial", "failed", "cancelled" or "aborted"."""
    success = {"succeeded": True, "partial": False, "failed": False, "cancelled": False, "aborted": False}.get(status)
    job: dict[str, Any] = {
        "jobId": JOB_ID,
        "kind": "sync",
        "status": status,
        "success": success,
        "thingName": None,
        "shadows": [],
        "errors": [],
        "selection": {"thingGroup": "locks", "recursive": True},
        "duplicates": 0,
        "invalid": 0,
        "comment": "after the outage",
        "options": {
            "ignoreWhere": False,
            "verify": False,
            "onlyDrifted": False,
            "dryRun": False,
            "shadows": {"include": [], "exclude": []},
            "maxShadowsPerSecond": None,
            "tolerance": None,
        },
        "progress": progress(things=2000, ended=1000, shadows=6000, delivered=4000, failed=12),
        "rate": {"now": 148.4, "overall": 151.0},
        "estimatedEndAt": None,
        "errorClasses": [error_class("ThrottlingException", 9), error_class("FunctionError", 3)],
        "retryOf": None,
        "retriedBy": None,
        "resultsExpireAt": None,
        "requestedBy": {"email": "admin@smartphonekey.com", "apiKey": "ops"},
        "createdAt": "2026-11-23T15:18:54.337Z",
        "startedAt": "2026-11-23T15:18:54.400Z",
        "finishedAt": None,
    }
    return {**job, **fields}


def progress(
    *,
    things: int = 0,
    ended: int = 0,
    begun: int = 0,
    shadows: int = 0,
    delivered: int = 0,
    failed: int = 0,
    landed: int = 0,
) -> dict[str, Any]:
    under_way = {"running": begun, "pending": things - ended - begun}
    rest = {"pending": shadows - delivered - failed, "running": 0, "skipped": 0, "cancelled": 0}
    return {
        "things": {"total": things, "succeeded": ended, "failed": 0, "cancelled": 0, **under_way},
        "shadows": {"total": shadows, "delivered": delivered, "failed": failed, "landed": landed, **rest},
    }


def all_delivered(**fields: Any) -> dict[str, Any]:
    whole = {"progress": progress(things=2, ended=2, shadows=6, delivered=6), "errorClasses": []}
    return bulk_job("succeeded", **{**whole, **fields})


def error_class(name: str, count: int) -> dict[str, Any]:
    first = {"thingName": "hub-1", "shadowName": "lock", "error": f"{name}: slow down"}
    return {"errorClass": name, "count": count, "first": first}


def row(thing: str, shadow: str | None, **fields: Any) -> dict[str, Any]:
    """Of the results: a delivered shadow, but for *fields*."""
    delivered = {
        "status": "delivered",
        "version": 7,
        "attempts": 1,
        "lambdaStatusCode": 200,
        "lambdaRequestId": "r-1",
        "error": None,
        "landed": None,
        "landedVersion": None,
        "landingMs": None,
        "rowVersion": None,
    }
    return {"thingName": thing, "shadowName": shadow, **delivered, **fields}


def telling(body: object, status: int = 200) -> Canned:
    return Canned(status, json.dumps(body).encode(), JSON)
