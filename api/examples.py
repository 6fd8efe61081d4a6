"""Examples of answers, as they stand in the OpenAPI document."""

from http import HTTPStatus
from typing import Any

from api.errors import error_body

Json = dict[str, Any]
_JOB_ID = "5f0c3c1b7f0e4b0c9a3f6f1de2a84c55"
_THINGS = {"total": 1, "pending": 0, "running": 0, "succeeded": 0, "failed": 0, "cancelled": 0}
_SHADOWS = {
    "total": 0,
    "pending": 0,
    "running": 0,
    "delivered": 0,
    "skipped": 0,
    "failed": 0,
    "cancelled": 0,
    "landed": 0,
}

QUEUED_JOB: Json = {
    "jobId": _JOB_ID,
    "kind": "sync",
    "status": "queued",
    "success": None,
    "thingName": "hub-0001",
    "shadows": [],
    "errors": [],
    "progress": {"things": _THINGS | {"pending": 1}, "shadows": _SHADOWS},
    "drift": None,
    "selection": {"thingName": "hub-0001"},
    "duplicates": 0,
    "invalid": 0,
    "options": {
        "ignoreWhere": False,
        "verify": True,
        "onlyDrifted": False,
        "dryRun": False,
        "shadows": {"include": [], "exclude": []},
        "maxShadowsPerSecond": None,
        "tolerance": None,
    },
    "comment": None,
    "rate": None,
    "estimatedEndAt": None,
    "errorClasses": [],
    "retryOf": None,
    "retriedBy": None,
    "requestedBy": {"email": "ada@smartphonekey.com", "apiKey": "support"},
    "createdAt": "2026-01-31T12:00:00.000Z",
    "startedAt": None,
    "finishedAt": None,
    "resultsExpireAt": None,
}

ENDED_JOB: Json = QUEUED_JOB | {
    "status": "partial",
    "success": False,
    "shadows": [
        {
            "shadowName": "door-lock",
            "lambdaStatusCode": 200,
            "lambdaRequestId": "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
            "error": None,
            "status": "delivered",
            "version": 12,
            "attempts": 1,
            "landed": True,
            "landedVersion": 12,
            "landingMs": 640,
            "rowVersion": None,
            "drift": None,
        },
        {
            "shadowName": "thermostat",
            "lambdaStatusCode": None,
            "lambdaRequestId": None,
            "error": "ResourceNotFoundException: No shadow exists with name: 'hub-0001~thermostat'",
            "status": "failed",
            "version": None,
            "attempts": 1,
            "landed": None,
            "landedVersion": None,
            "landingMs": None,
            "rowVersion": None,
            "drift": None,
        },
    ],
    "progress": {
        "things": _THINGS | {"failed": 1},
        "shadows": _SHADOWS | {"total": 2, "delivered": 1, "failed": 1, "landed": 1},
    },
    "rate": {"now": 0.0, "overall": 6.9},
    "errorClasses": [
        {
            "errorClass": "ResourceNotFoundException",
            "count": 1,
            "first": {
                "thingName": "hub-0001",
                "shadowName": "thermostat",
                "error": "ResourceNotFoundException: No shadow exists with name: 'hub-0001~thermostat'",
            },
        }
    ],
    "startedAt": "2026-01-31T12:00:00.020Z",
    "finishedAt": "2026-01-31T12:00:00.310Z",
    "resultsExpireAt": "2026-02-07T12:00:00.310Z",
}

CANCELLED_JOB: Json = QUEUED_JOB | {
    "status": "cancelled",
    "success": False,
    "progress": {"things": _THINGS | {"cancelled": 1}, "shadows": _SHADOWS},
    "finishedAt": "2026-01-31T12:00:01.250Z",
    "resultsExpireAt": "2026-02-07T12:00:01.250Z",
}

BULK_JOB: Json = QUEUED_JOB | {
    "status": "running",
    "thingName": None,
    "selection": {"thingGroup": "building-7", "recursive": True},
    "progress": {
        "things": _THINGS | {"total": 1200, "pending": 812, "running": 80, "succeeded": 308},
        "shadows": _SHADOWS | {"total": 1940, "pending": 388, "running": 12, "delivered": 1540, "landed": 1502},
    },
    "comment": "after the outage of the broker",
    "rate": {"now": 148.6, "overall": 141.2},
    "estimatedEndAt": "2026-01-31T12:00:45.000Z",
    "startedAt": "2026-01-31T12:00:00.400Z",
}

PAUSED_JOB: Json = BULK_JOB | {"status": "paused", "estimatedEndAt": None}

RETRY_JOB: Json = QUEUED_JOB | {
    "status": "resolving",
    "thingName": None,
    "selection": {"retryOf": _JOB_ID},
    "retryOf": _JOB_ID,
    "progress": {"things": _THINGS | {"total": 0}, "shadows": _SHADOWS},
}

RESULT_PAGE: Json = {
    "results": [
        {"thingName": "hub-0001"} | {name: value for name, value in shadow.items() if name != "drift"}
        for shadow in ENDED_JOB["shadows"]
    ],
    "nextCursor": None,
}

_DETAILS = ("shadows", "errors", "drift", "errorClasses")
JOB_PAGE: Json = {
    "jobs": [{name: value for name, value in ENDED_JOB.items() if name not in _DETAILS}],
    "nextCursor": None,
}

RULE: Json = {
    "sql": "SELECT state.reported AS reported, topic(3) AS thingName "
    "FROM '$aws/things/+/shadow/name/+/update/accepted'",
    "sqlVersion": "2016-03-23",
    "topicFilter": "$aws/things/+/shadow/name/+/update/accepted",
    "source": "topic rule shadows_to_lambda",
}

_MESSAGES = {
    400: "thingName: must be a legal AWS IoT thing name: 1 to 128 characters out of a-z, A-Z, 0-9, ':', '_' and '-'",
    401: "A valid bearer token and a valid API key are required.",
    403: "This token's e-mail address may not use this service.",
    404: "There is no such job, or it has expired.",
    405: "This path does not take this method; the Allow header names those it takes.",
    409: "The job has ended: it is succeeded.",
    410: "The results of this job have expired; its counts are still there.",
    413: "The request's body is too large.",
    414: "The request line is too long.",
    415: "A body must be JSON, with Content-Type: application/json.",
    422: "This Idempotency-Key came before, with another request.",
    429: "Too many requests with wrong credentials came from this address, or with this API key. Wait, then try again.",
    431: "The request's headers are too large.",
    500: "Something went wrong here. The log knows more under this requestId.",
    503: "The job store cannot be reached; nothing was done. Try again.",
}
_BLAMED = {400: "thingName", 422: "Idempotency-Key"}

_WEBHOOK_MESSAGES = {
    400: "detail.reportedState: must be JSON in a string, or null",
    401: "A valid key of the webhook is required.",
    413: _MESSAGES[413],
    500: _MESSAGES[500],
    502: "SpacetimeDB does not work with the settings here; the log says which. Try again.",
    503: "SpacetimeDB cannot take the event now. Try again.",
}

EVENT: Json = {
    "version": "0",
    "id": "7bf73129-1428-4cd3-a780-95db273d1602",
    "detail-type": "Shadow Update",
    "source": "spk.iot.shadow",
    "account": "123456789012",
    "time": "2026-01-31T12:00:00Z",
    "region": "us-east-1",
    "resources": [],
    "detail": {
        "thingName": "hub-0001",
        "shadowName": "door-lock",
        "partnerId": None,
        "version": 12,
        "reportedState": '{"locked":true}',
        "desiredState": '{"locked":false}',
        "deltaState": '{"locked":false}',
        "metadata": None,
    },
}


def _errors(messages: dict[int, str], blamed: dict[int, str]) -> dict[int, Json]:
    return {
        code: error_body(
            HTTPStatus(code),
            message,
            "req_0123456789abcdef01234567",
            [(blamed[code], message.removeprefix(f"{blamed[code]}: "))] if code in blamed else (),
        )
        for code, message in messages.items()
    }


ERRORS = _errors(_MESSAGES, _BLAMED)
WEBHOOK_ERRORS = _errors(_WEBHOOK_MESSAGES, {400: "detail.reportedState"})
