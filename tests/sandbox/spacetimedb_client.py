"""Plain HTTP to the sandbox's SpacetimeDB, as any client may send it."""

from __future__ import annotations

import json
from typing import Any

from sandbox import RunningSandbox
from tests.sandbox.clients import http_request

DATABASE = "/v1/database/shadows"
REDUCER = f"{DATABASE}/call/upsert_device_named_shadow"
JSON = {"Content-Type": "application/json"}
EVENT = ["lock", "config", 12, {"some": '{"a":1}'}, {"none": []}]


def owner(aws: RunningSandbox) -> dict[str, str]:
    return {"Authorization": f"Bearer {aws.spacetimedb_token}"}


def call(
    aws: RunningSandbox, arguments: Any, headers: dict[str, str] | None = None, target: str = REDUCER
) -> tuple[int, str]:
    """Status and text; arguments that are not bytes are sent as JSON; without headers as the owner."""
    body = arguments if isinstance(arguments, bytes) else json.dumps(arguments).encode()
    status, _, answer = http_request(
        aws.url, "POST", target, body, {**owner(aws), **JSON} if headers is None else headers
    )
    return status, answer.decode()


def sql(
    aws: RunningSandbox, text: str, headers: dict[str, str] | None = None, target: str = f"{DATABASE}/sql"
) -> tuple[int, Any]:
    """Status, and the one result, or the error's text."""
    sent = owner(aws) if headers is None else headers
    status, _, answer = http_request(aws.url, "POST", target, text.encode(), sent)
    return status, json.loads(answer)[0] if status == 200 else answer.decode()


def selected(aws: RunningSandbox, text: str) -> list[list[Any]]:
    """The rows of a query that succeeds."""
    status, result = sql(aws, text)
    assert status == 200, result
    rows: list[list[Any]] = result["rows"]
    return rows
