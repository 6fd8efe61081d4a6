"""What a PutEvents request may contain, and how AWS refuses the rest: whole requests, or single entries.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.documents import parse_json
from sandbox.errors import AwsError

LARGEST_REQUEST = 1024 * 1024
MOST_ENTRIES = 10
TIME_BYTES = 14


class Entry(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    time: float | None = Field(None, alias="Time")
    source: str | None = Field(None, alias="Source")
    resources: list[str] | None = Field(None, alias="Resources")
    detail_type: str | None = Field(None, alias="DetailType")
    detail: str | None = Field(None, alias="Detail")
    event_bus: str | None = Field(None, alias="EventBusName")

    def size(self) -> int:
        """Bytes: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size"""
        texts = (self.source, self.detail_type, self.detail, *(self.resources or ()))
        return (0 if self.time is None else TIME_BYTES) + sum(len(text.encode()) for text in texts if text)


class PutEvents(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    entries: list[Entry] | None = Field(None, alias="Entries")


class EntryError(Exception):
    """One entry fails: `code` and `message` stand in its place of the answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def parsed(body: bytes) -> PutEvents | None:
    """None for what is no PutEvents request at all."""
    try:
        return PutEvents.model_validate(parse_json(body))
    except (ValueError, ValidationError):
        return None


def checked(entries: list[Entry] | None) -> list[Entry]:
    """The entries of a request that is not refused as a whole."""
    if entries is None:
        raise _invalid("null", "not be null")
    if not entries:
        raise _invalid("'[]'", "have length greater than or equal to 1")
    if len(entries) > MOST_ENTRIES:
        raise _invalid("'[PutEventsRequestEntry]'", f"have length less than or equal to {MOST_ENTRIES}")
    if sum(entry.size() for entry in entries) > LARGEST_REQUEST:
        raise AwsError(400, "ValidationException", "Total size of the entries in the request is over the limit.")
    return entries


def _invalid(value: str, rule: str) -> AwsError:
    message = (
        f"1 validation error detected: Value {value} at 'entries' failed to satisfy constraint: Member must {rule}"
    )
    return AwsError(400, "ValidationException", message)


def checked_entry(entry: Entry) -> dict[str, Any]:
    """The detail, parsed; EntryError where AWS fails the entry."""
    for name, value in (("Source", entry.source), ("DetailType", entry.detail_type), ("Detail", entry.detail)):
        if not value:
            message = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            raise EntryError("InvalidArgument", message)
    if (entry.source or "").startswith("aws."):
        raise EntryError("NotAuthorizedForSourceException", "Not authorized for the source.")
    detail = detail_or_none(entry)
    if detail is None:
        raise EntryError("MalformedDetail", "Detail is malformed.")
    return detail


def detail_or_none(entry: Entry) -> dict[str, Any] | None:
    """The detail, where it is a JSON object."""
    try:
        detail = parse_json((entry.detail or "").encode())
    except ValueError:
        return None
    return detail if isinstance(detail, dict) else None
