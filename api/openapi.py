"""What the OpenAPI document says beyond the models: who may come in, and which answers there are."""

from typing import Any

from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict

from api.examples import (
    BULK_JOB,
    CANCELLED_JOB,
    ENDED_JOB,
    ERRORS,
    JOB_PAGE,
    PAUSED_JOB,
    QUEUED_JOB,
    RESULT_PAGE,
    RETRY_JOB,
    RULE,
)

Json = dict[str, Any]
SCHEMA_REF = "#/components/schemas/{model}"
JOBS_TAG = Tag(name="Shadow sync", description="Send a Thing's named shadows down the pipeline again.")
HEALTH_TAG = Tag(name="Health")
SECURITY: list[dict[str, list[Any]]] = [
    {"bearerToken": [], "adminApiKey": []},
    {"bearerToken": [], "apiKey": []},
]
SECURITY_SCHEMES: Json = {
    "bearerToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A JSON Web Token with `exp` and an `email` of an allowed domain.",
    },
    "adminApiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Admin-API-Key",
        "description": "Your API key. The header may also be called X-API-Key.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "Another name of the same header.",
    },
}
OPTIONAL_BODY: Json = {
    "requestBody": {
        "required": False,
        "description": "None is needed: an empty one asks for nothing.",
        "content": {"application/json": {"schema": {"$ref": SCHEMA_REF.format(model="SyncOptions")}}},
    }
}
BULK_BODY: Json = {
    "requestBody": {
        "required": True,
        "description": "A selection; or names, in a body of at most 100 MiB, whose options are in the query.",
        "content": {
            "application/json": {"schema": {"$ref": SCHEMA_REF.format(model="BulkRequest")}},
            "text/plain": {"schema": {"type": "string", "description": "A name a line.", "examples": ["hub-0001"]}},
            "text/csv": {"schema": {"type": "string", "description": "The column thingName, or the first."}},
            "application/x-ndjson": {"schema": {"type": "string", "description": "A name, or thingName, a line."}},
        },
    }
}
RETRY_BODY: Json = {
    "requestBody": {
        "required": False,
        "description": "None is needed.",
        "content": {"application/json": {"schema": {"$ref": SCHEMA_REF.format(model="RetryRequest")}}},
    }
}
_HEADERS: Json = {
    "X-Request-Id": {"description": "Also in the service's log.", "schema": {"type": "string"}},
    "Location": {
        "description": "Where the job can be looked at.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Retry-After": {"description": "In how many seconds it is worth trying again.", "schema": {"type": "integer"}},
    "Preference-Applied": {"description": "What of `Prefer` was honoured.", "schema": {"type": "string"}},
    "Idempotent-Replayed": {
        "description": "`true` where this Idempotency-Key came before: the job is the first one's.",
        "schema": {"type": "string", "const": "true"},
    },
    "WWW-Authenticate": {"schema": {"type": "string"}},
    "Allow": {"schema": {"type": "string"}},
}
_ERROR_HEADERS = {401: ["WWW-Authenticate"], 405: ["Allow"], 429: ["Retry-After"], 503: ["Retry-After"]}
COMMON_ERRORS = (400, 401, 403, 404, 405, 414, 429, 431, 500, 503)


def answer(model: str, description: str, *headers: str, example: object) -> Json:
    content = {"schema": {"$ref": SCHEMA_REF.format(model=model)}, "example": example}
    return {
        "description": description,
        "headers": {name: _HEADERS[name] for name in ("X-Request-Id", *headers)},
        "content": {"application/json": content},
    }


def _with_content(documented: Json, more: Json) -> Json:
    return documented | {"content": documented["content"] | more}


def errors(*codes: int, examples: dict[int, Json] = ERRORS) -> ResponseDict:
    return {
        str(code): answer(
            "ErrorAnswer", examples[code]["message"], *_ERROR_HEADERS.get(code, ()), example=examples[code]
        )
        for code in codes
    }


SYNC_RESPONSES: ResponseDict = {
    "200": answer(
        "JobAnswer",
        "The job ended within the wait.",
        "Location",
        "Preference-Applied",
        "Idempotent-Replayed",
        example=ENDED_JOB,
    ),
    "202": answer(
        "JobAnswer",
        "The job is accepted.",
        *("Location", "Retry-After", "Preference-Applied", "Idempotent-Replayed"),
        example=QUEUED_JOB,
    ),
    **errors(*COMMON_ERRORS, 413, 415, 422),
}
JOB_RESPONSES: ResponseDict = {
    "200": answer("JobAnswer", "The job as it stands.", "Retry-After", "Preference-Applied", example=ENDED_JOB),
    **errors(*COMMON_ERRORS),
}
CANCEL_RESPONSES: ResponseDict = {
    "200": answer("JobAnswer", "The job is cancelled.", "Preference-Applied", example=CANCELLED_JOB),
    "202": answer(
        "JobAnswer",
        "Nothing further is begun; something is still under way.",
        *("Retry-After", "Preference-Applied"),
        example=CANCELLED_JOB | {"status": "running", "success": None, "finishedAt": None},
    ),
    **errors(*COMMON_ERRORS, 409, 413, 415),
}
BULK_RESPONSES: ResponseDict = SYNC_RESPONSES | {
    "202": answer(
        "JobAnswer",
        "The job is accepted.",
        *("Location", "Retry-After", "Preference-Applied", "Idempotent-Replayed"),
        example=BULK_JOB,
    ),
}
RETRY_RESPONSES: ResponseDict = SYNC_RESPONSES | {
    "202": answer(
        "JobAnswer",
        "The new job is accepted, or was before.",
        *("Location", "Retry-After", "Preference-Applied", "Idempotent-Replayed"),
        example=RETRY_JOB,
    ),
    **errors(409),
}
STEERING_RESPONSES: ResponseDict = {
    "200": answer("JobAnswer", "Nothing is under way.", "Retry-After", "Preference-Applied", example=PAUSED_JOB),
    "202": answer("JobAnswer", "The job goes on.", "Retry-After", "Preference-Applied", example=BULK_JOB),
    **errors(*COMMON_ERRORS, 409, 413, 415),
}
_AS_A_STREAM: Json = {
    "application/x-ndjson": {"schema": {"type": "string", "description": "A result a line."}},
    "text/csv": {"schema": {"type": "string", "description": "A line of titles, and a result a line."}},
}
RESULTS_RESPONSES: ResponseDict = {
    "200": _with_content(answer("ResultPage", "A page of results, or all of them.", example=RESULT_PAGE), _AS_A_STREAM),
    **errors(*COMMON_ERRORS, 410),
}
JOBS_RESPONSES: ResponseDict = {
    "200": answer("JobPage", "A page of jobs.", example=JOB_PAGE),
    **errors(*COMMON_ERRORS),
}
RULE_RESPONSES: ResponseDict = {
    "200": answer("RuleAnswer", "The rule in force.", example=RULE),
    **errors(*COMMON_ERRORS),
}
ALIVE_RESPONSES: ResponseDict = {"200": answer("Health", "The process is alive.", example={"status": "ok"})}
READY_RESPONSES: ResponseDict = {
    "200": answer("Health", "The job store can be reached.", example={"status": "ok"}),
    **errors(503),
}
