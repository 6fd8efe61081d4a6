"""Entries of PutEvents as the Lambda puts them."""

from __future__ import annotations

import json
from typing import Any

from mypy_boto3_events import EventBridgeClient
from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef as Entry


def entry(shadow: str = "light", version: int = 7, **changes: Any) -> Entry:
    detail = json.dumps({"thingName": "lamp", "shadowName": shadow, "version": version, "reportedState": '{"on":1.0}'})
    whole = {"Source": "spk.iot.shadow", "DetailType": "Shadow Update", "Detail": detail, **changes}
    found: Entry = {name: value for name, value in whole.items() if value is not None}  # type: ignore[assignment]
    return found


def put(client: EventBridgeClient, *entries: Entry) -> list[str]:
    """The ids of the events, all of which were accepted."""
    answer = client.put_events(Entries=list(entries) or [entry()])
    assert answer["FailedEntryCount"] == 0
    return [result["EventId"] for result in answer["Entries"]]
