"""Examples of answers, as they stand in the OpenAPI document."""

from http import HTTPStatus
from typing import Any

from api.errors import error_body

Json = dict[str, Any]
_JOB_ID = "5f0c3c1b7f0e4b0c9a3f6f1de2a84c55"
_THINGS = {"total": 1, "pending": 0, "running": 0, "succeeded": 0, "failed": 0, "cancelled": 0}
_SHADOWS = {"total": 0, "pending": 0, "running": 0, "delivered": 0, "skipped": 0, "failed": 0, "cancelled": 0}

QUEUED_JOB: Json = {
    "jobId": _JOB_ID,
    "status": "queued",
    "success": None,
    "thingName": "hub-0001",
    "shadows": [],
    "errors": [],
    "progress": {"things": _THINGS | {"pending": 1}, "shadows": _SHADOWS},
    "options": {"ignoreWhere": False},
    "requestedBy": {"email": "ada@smartphonekey.com", "apiKey": "support"},
    "createdAt": "2026-01-31T12:00:00.000Z",
    "startedAt": None,
    "finishedAt": None,
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
        },
        {
            "shadowName": "thermostat",
            "lambdaStatusCode": None,
            "lambdaRequestId": None,
            "error": "ResourceNotFoundException",
            "status": "failed",
            "version": None,
            "attempts": 1,
        },
    ],
    "progress": {
        "things": _THINGS | {"failed": 1},
        "shadows": _SHADOWS | {"total": 2, "delivered": 1, "failed": 1},
    },
    "startedAt": "2026-01-31T12:00:00.020Z",
    "finishedAt": "2026-01-31T12:00:00.310Z",
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
    413: "The request's body is too large.",
    415: "A body must be JSON, with Content-Type: application/json.",
    422: "This Idempotency-Key came before, with another request.",
    500: "Something went wrong here. The log knows more under this requestId.",
    503: "The job store cannot be reached; nothing was done. Try again.",
}
_BLAMED = {400: "thingName", 422: "Idempotency-Key"}

ERRORS: dict[int, Json] = {
    code: error_body(
        HTTPStatus(code),
        message,
        "req_0123456789abcdef01234567",
        [(_BLAMED[code], message.removeprefix("thingName: "))] if code in _BLAMED else (),
    )
    for code, message in _MESSAGES.items()
}
