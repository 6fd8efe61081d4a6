"""What the OpenAPI document says beyond the models: who may come in, and which answers there are."""

from typing import Any

from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict

from api.examples import ENDED_JOB, ERRORS, QUEUED_JOB, RULE

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
_ERROR_HEADERS = {401: ["WWW-Authenticate"], 405: ["Allow"], 503: ["Retry-After"]}


def _answer(model: str, description: str, *headers: str, example: object) -> Json:
    content = {"schema": {"$ref": SCHEMA_REF.format(model=model)}, "example": example}
    return {
        "description": description,
        "headers": {name: _HEADERS[name] for name in ("X-Request-Id", *headers)},
        "content": {"application/json": content},
    }


def _errors(*codes: int) -> ResponseDict:
    return {
        str(code): _answer("ErrorAnswer", ERRORS[code]["message"], *_ERROR_HEADERS.get(code, ()), example=ERRORS[code])
        for code in codes
    }


SYNC_RESPONSES: ResponseDict = {
    "200": _answer(
        "JobAnswer",
        "The job ended within the wait.",
        "Location",
        "Preference-Applied",
        "Idempotent-Replayed",
        example=ENDED_JOB,
    ),
    "202": _answer(
        "JobAnswer",
        "The job is accepted.",
        *("Location", "Retry-After", "Preference-Applied", "Idempotent-Replayed"),
        example=QUEUED_JOB,
    ),
    **_errors(400, 401, 403, 404, 405, 413, 415, 422, 500, 503),
}
JOB_RESPONSES: ResponseDict = {
    "200": _answer("JobAnswer", "The job as it stands.", "Retry-After", "Preference-Applied", example=ENDED_JOB),
    **_errors(400, 401, 403, 404, 405, 500, 503),
}
RULE_RESPONSES: ResponseDict = {
    "200": _answer("RuleAnswer", "The rule in force.", example=RULE),
    **_errors(400, 401, 403, 404, 405, 500, 503),
}
ALIVE_RESPONSES: ResponseDict = {"200": _answer("Health", "The process is alive.", example={"status": "ok"})}
READY_RESPONSES: ResponseDict = {
    "200": _answer("Health", "The job store can be reached.", example={"status": "ok"}),
    **_errors(503),
}
