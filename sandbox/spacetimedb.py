"""SpacetimeDB's HTTP API over the table of pipeline/spacetimedb, as if that module were published here.

https://spacetimedb.com/docs/http/database
"""

from __future__ import annotations

import re
import time
from typing import Any

from sandbox.calls import Call, Fault
from sandbox.errors import AwsError
from sandbox.faults import Faults
from sandbox.knobs import Kind
from sandbox.messages import Answer, Request, json_answer
from sandbox.spacetimedb_arguments import ArgumentsError, arguments, optional_string, string, u64
from sandbox.spacetimedb_identities import Identities
from sandbox.spacetimedb_sql import SqlError
from sandbox.spacetimedb_table import Row, Table

SPACETIMEDB_PATH = "/v1/"
REDUCER = "upsert_device_named_shadow"
PARAMETERS = {
    "thing_name": string,
    "shadow_name": string,
    "version": u64,
    "reported": optional_string,
    "desired": optional_string,
}
LARGEST_BODY = 2 * 1024 * 1024
LARGEST_SQL = 50_000
LIFECYCLE = ("init", "client_connected", "client_disconnected")

_TEXT = "text/plain; charset=utf-8"
_CHANGES = re.compile(r"\s*(insert|update|delete|set)\b", re.IGNORECASE)
_FAULTS = {
    # SpacetimeDB has no limit of its own on requests; this is what a proxy before it answers.
    Fault.THROTTLE: (429, "TooManyRequests", "Too Many Requests"),
    Fault.ERROR: (500, "InternalServerError", "Internal Server Error"),
    Fault.UNAVAILABLE: (503, "ServiceUnavailable", "The database is out of energy"),
    Fault.DENIED: (403, "Forbidden", "client_connected refused the caller"),
    Fault.UNAUTHORIZED: (401, "Unauthorized", "Authorization failed: token not signed by this instance"),
    Fault.ENERGY: (402, "PaymentRequired", "Module energy budget exhausted."),
    Fault.REDUCER: (530, "ReducerFailed", "The instance encountered a fatal error."),
    Fault.GARBAGE: (200, "Garbage", "<html><title>Welcome</title></html>"),
}


class SpacetimeDb:
    kind: Kind = "spacetimedb"

    def __init__(self, faults: Faults, table: Table, identities: Identities) -> None:
        self._faults = faults
        self._table = table
        self._identities = identities

    def match(self, request: Request, request_id: str) -> Call | None:
        match request.segments():
            case ["v1", "identity"]:
                call = Call(self, "CreateIdentity", request_id, lambda _: self._identity(), signed=False)
            case ["v1", "database", database, "sql"]:
                call = Call(self, "Sql", request_id, lambda _: self._sql(request, database), signed=False)
            case ["v1", "database", database, "call", reducer]:
                # What is refused for its arguments is about no shadow that a fault could be meant for.
                thing, shadow = _about(request)
                call = Call(
                    self,
                    "CallReducer",
                    request_id,
                    lambda _: self._reducer(request, database, reducer),
                    thing,
                    shadow,
                    signed=False,
                )
            case _:
                return None
        if request.method != "POST":
            raise AwsError(405, "MethodNotAllowed", "")
        return call

    def error_answer(self, error: AwsError) -> Answer:
        return Answer(error.status, error.message.encode(), error.headers, _TEXT)

    def fault(self, fault: Fault) -> AwsError:
        return AwsError(*_FAULTS[fault])

    def _identity(self) -> Answer:
        identity, token = self._identities.new()
        return json_answer(200, {"identity": identity, "token": token})

    def _reducer(self, request: Request, database: str, reducer: str) -> Answer:
        began = time.perf_counter()
        caller, headers = self._caller(request)
        _check_body(request)
        content_type = request.headers.get(b"content-type")
        if content_type is None:
            raise AwsError(400, "MissingHeader", "Header of type `content-type` was missing")
        if content_type.strip().lower() != b"application/json":
            raise AwsError(415, "UnsupportedMediaType", "Expected request with `Content-Type: application/json`")
        self._check_database(database)
        if reducer in LIFECYCLE:
            raise AwsError(400, "LifecycleReducer", f"Cannot call lifecycle reducer {reducer}")
        if reducer != REDUCER:
            raise AwsError(404, "NoSuchReducer", "no such reducer")
        try:
            row = Row(**arguments(request.body, PARAMETERS))
        except ArgumentsError as error:
            raise AwsError(400, "InvalidArguments", f"invalid arguments for reducer {reducer}: {error}") from None
        if caller != self._identities.owner:
            raise AwsError(530, "ReducerFailed", "not the publisher of this module")
        if not row.thing_name or not row.shadow_name:
            raise AwsError(530, "ReducerFailed", "names required")
        self._table.upsert(row)
        spent = (("spacetime-energy-used", "0"), ("spacetime-execution-duration-micros", str(_micros_since(began))))
        return Answer(200, b"", (*headers, *spent), _TEXT)

    def _sql(self, request: Request, database: str) -> Answer:
        began = time.perf_counter()
        caller, headers = self._caller(request)
        _check_body(request)
        if request.parameters().get("confirmed", "true") not in ("true", "false"):
            raise AwsError(400, "BadQuery", "Failed to deserialize query string: confirmed: expected a boolean")
        self._check_database(database)
        try:
            result = self._query(request.body, caller)
        except SqlError as error:
            raise AwsError(400, "SqlError", str(error)) from None
        figures = {
            "total_duration_micros": _micros_since(began),
            "stats": {"rows_inserted": 0, "rows_deleted": 0, "rows_updated": 0},
        }
        return json_answer(200, [result | figures], headers)

    def _query(self, body: bytes, caller: str) -> dict[str, Any]:
        if len(body) > LARGEST_SQL:
            raise SqlError(f"SQL query exceeds maximum allowed length: {len(body)} > {LARGEST_SQL}")
        try:
            sql = body.decode()
        except UnicodeDecodeError:
            raise SqlError("Request body didn't contain valid UTF-8") from None
        owner = caller == self._identities.owner
        if _CHANGES.match(sql):
            if not owner:
                raise SqlError(f"Caller {caller} is not authorized to run SQL DML statements")
            raise SqlError("The sandbox runs no SQL that changes something; call the reducer.")
        return self._table.query(sql, owner=owner)

    def _caller(self, request: Request) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The caller's identity, and the headers that tell it."""
        authorization = request.header(b"authorization") if b"authorization" in request.headers else None
        identity, token = self._identities.caller(authorization)
        return identity, (("spacetime-identity", identity), ("spacetime-identity-token", token))

    def _check_database(self, database: str) -> None:
        if database != self._faults.knobs.spacetimedb_database:
            raise AwsError(404, "NoSuchDatabase", "No such database.")


def _check_body(request: Request) -> None:
    if request.body_size > LARGEST_BODY:
        raise AwsError(413, "PayloadTooLarge", "Failed to buffer the request body: length limit exceeded")


def _about(request: Request) -> tuple[str | None, str | None]:
    try:
        given = arguments(request.body, PARAMETERS)
    except ArgumentsError:
        return None, None
    return given["thing_name"], given["shadow_name"]


def _micros_since(began: float) -> int:
    return round((time.perf_counter() - began) * 1_000_000)
