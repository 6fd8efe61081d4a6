"""The audit: every POST of an admin leaves an entry, which admins can read.

A request without valid credentials leaves none, since nobody is known to have sent it: it is in the log of requests.
"""

import base64
import binascii
import re
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus

import structlog
from flask import Flask, g, request
from flask.wrappers import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.types import ResponseDict
from pydantic import ConfigDict, Field
from redis import RedisError

from api.answers import AnswerModel, Time
from api.errors import BadRequest
from api.inputs import InputModel, without_default
from api.openapi import COMMON_ERRORS, answer, errors
from worker.audit import Audit, Entry
from worker.job_request import Requester

# Beside the syncs' path and not under it, where it could be the name of a Thing.
AUDIT_PATH = "/admin/shadow-sync-audit"
_MAX_PATH = 500
_PLACE = re.compile(r"[0-9]{1,15}-[0-9]{1,15}")
_log = structlog.get_logger(__name__)


class AuditQuery(InputModel):
    """Which entries are wanted."""

    model_config = ConfigDict(extra="forbid")

    email: str | None = Field(
        default=None, max_length=320, description="Of the requester.", json_schema_extra=without_default
    )
    job_id: str | None = Field(default=None, alias="jobId", max_length=128, json_schema_extra=without_default)
    limit: int = Field(default=100, ge=1, le=1000, description="Entries of a page at most.")
    cursor: str | None = Field(
        default=None,
        max_length=200,
        description="The `nextCursor` of the page before.",
        json_schema_extra=without_default,
    )


class AuditEntry(AnswerModel):
    """One POST of an admin."""

    at: Time
    request_id: str = Field(description="As in its answer, and in the service's log.")
    email: str
    api_key: str = Field(description="The label of the API key, not the key.")
    method: str
    path: str = Field(description=f"Without its query; of a long one the first {_MAX_PATH} characters.")
    job_id: str | None = Field(description="Of the job that it started or was about; null where there was none.")
    remote_address: str = Field(
        description="Where the request came from, as far as the service's configuration tells proxies from it."
    )
    status: int = Field(description="Of its answer.")


class AuditPage(AnswerModel):
    entries: list[AuditEntry]
    next_cursor: str | None = Field(description="Null on the last page.")


AUDIT_RESPONSES: ResponseDict = {
    "200": answer(
        "AuditPage",
        "A page of entries.",
        example={
            "entries": [
                {
                    "at": "2026-01-31T12:00:00.000Z",
                    "requestId": "req_0f3b5c1e7a9d2b4c6e8f0a12",
                    "email": "ada@smartphonekey.com",
                    "apiKey": "support",
                    "method": "POST",
                    "path": "/admin/shadow-sync/hub-0001",
                    "jobId": "5f0c3c1b7f0e4b0c9a3f6f1de2a84c55",
                    "remoteAddress": "203.0.113.7",
                    "status": 202,
                }
            ],
            "nextCursor": None,
        },
    ),
    **errors(*COMMON_ERRORS),
}


def audit_posts(app: Flask, audit: Audit) -> None:
    """Write an entry for every POST under /admin whose credentials are good, whatever comes of it; into the log, where
    Redis cannot take it, and where the answer is 503.

    ``g.job_id``, where a route sets it, is the job that the request started; else it is the one in the path.
    """

    @app.after_request
    def write(response: Response) -> Response:
        # api.auth sets the requester on the admins' routes only.
        if request.method == "POST" and "requester" in g:
            entry = _entry(g.requester, response.status_code)
            if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
                # Nothing was done, since Redis is away or no thread is free: none must wait for Redis once more.
                _log_entry(entry, "the answer is 503")
                return response
            try:
                audit.add(entry)
            except RedisError as error:
                # The work is done, or refused, by now: the answer must say so.
                _log_entry(entry, type(error).__name__)
        return response


def _log_entry(entry: Entry, reason: str) -> None:
    _log.warning("not audited", reason=reason, **(asdict(entry) | {"at": entry.at.isoformat()}))


def _entry(requester: Requester, status: int) -> Entry:
    in_path = (request.view_args or {}).get("jobId")
    job_id = g.get("job_id") or in_path
    return Entry(
        at=datetime.now(UTC),
        request_id=g.request_id,
        email=requester.email,
        api_key=requester.api_key,
        method=request.method,
        path=request.path[:_MAX_PATH],
        job_id=job_id[:_MAX_PATH] if job_id else None,
        remote_address=request.remote_addr or "",
        status=status,
    )


def add_audit_route(routes: APIBlueprint, audit: Audit) -> None:
    @routes.get(AUDIT_PATH, operation_id="listAudit", summary="Look at who asked for what", responses=AUDIT_RESPONSES)
    def list_audit(query: AuditQuery) -> Response:
        """Every POST with valid credentials, newest first, also those that were refused. With filters a page can be
        short, or empty, and not be the last: `nextCursor` says.
        """
        found, place = audit.page(limit=query.limit, after=_place(query.cursor), email=query.email, job_id=query.job_id)
        page = AuditPage(entries=[AuditEntry(**asdict(entry)) for entry in found], next_cursor=_cursor(place))
        return Response(page.model_dump_json(by_alias=True), mimetype="application/json")


def _cursor(place: str | None) -> str | None:
    """Opaque, so that nobody builds on what is in it."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=") if place else None


def _place(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    try:
        place = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        place = ""
    if not _PLACE.fullmatch(place):
        raise BadRequest(("cursor", "must be the nextCursor of an earlier page"))
    return place
