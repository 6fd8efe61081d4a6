"""EventBridge's PutEvents: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.calls import Call, Fault
from sandbox.delivery import Deliveries
from sandbox.errors import AwsError
from sandbox.event_record import BusEvent
from sandbox.faults import Faults
from sandbox.knobs import Kind
from sandbox.lambda_ import ACCOUNT, REGION, facts
from sandbox.messages import Answer, Request, compact_json, json_answer
from sandbox.put_events import Entry, EntryError, PutEvents, checked, checked_entry, detail_or_none, parsed

JSON_1_1 = "application/x-amz-json-1.1"

_SERVICE = "AWSEvents."
_FAULTS = {
    # Not 429: JSON 1.1 services tell throttles apart by their code.
    Fault.THROTTLE: (400, "ThrottlingException", "Rate exceeded"),
    Fault.ERROR: (500, "InternalException", "An internal error occurred."),
    Fault.UNAVAILABLE: (503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server."),
    Fault.DENIED: (400, "AccessDeniedException", "User is not authorized to perform: events:PutEvents"),
}
_ENTRY_FAULTS = {
    Fault.THROTTLE: ("ThrottlingException", "Rate exceeded"),
    Fault.ERROR: ("InternalFailure", "Internal failure"),
    Fault.DENIED: ("AccessDeniedException", "User is not authorized to perform: events:PutEvents"),
}


class EventBridge:
    kind: Kind = "events"

    def __init__(self, faults: Faults, deliveries: Deliveries, clock: Callable[[], float] = time.time) -> None:
        self._faults = faults
        self._deliveries = deliveries
        self._clock = clock

    def match(self, request: Request, request_id: str) -> Call | None:
        if request.path != "/" or not request.headers.get(b"x-amz-target", b"").startswith(_SERVICE.encode()):
            return None
        operation = request.header(b"x-amz-target").removeprefix(_SERVICE)
        if operation != "PutEvents" or request.method != "POST":
            raise AwsError(400, "UnknownOperationException", "Of EventBridge, the sandbox knows PutEvents only.")
        asked = parsed(request.body)
        entries = asked.entries if asked else None
        about = facts(detail_or_none(entries[0])) if entries else facts(None)
        return Call(self, "PutEvents", request_id, lambda _: self._put(request, asked), about.thing, about.shadow)

    def error_answer(self, error: AwsError) -> Answer:
        body = {"__type": error.code, "message": error.message, **error.extra}
        answer = json_answer(error.status, body, (("x-amzn-ErrorType", error.code), *error.headers))
        answer.content_type = JSON_1_1
        answer.throttled = error.code == "ThrottlingException"
        return answer

    def fault(self, fault: Fault) -> AwsError:
        return AwsError(*_FAULTS[fault])

    def _put(self, request: Request, asked: PutEvents | None) -> Answer:
        if request.body_size != len(request.body):
            raise AwsError(413, "RequestEntityTooLargeException", "The request is too large.")
        if asked is None:
            raise AwsError(400, "SerializationException", "The request is not a PutEvents request in JSON.")
        entries = checked(asked.entries)
        results = [self._result(entry) for entry in entries]
        failed = sum("ErrorCode" in result for result in results)
        answer = json_answer(200, {"FailedEntryCount": failed, "Entries": results})
        answer.content_type = JSON_1_1
        return answer

    def _result(self, entry: Entry) -> dict[str, str]:
        try:
            detail = checked_entry(entry)
            self._fail_by_order(facts(detail).shadow)
        except EntryError as error:
            return {"ErrorCode": error.code, "ErrorMessage": error.message}
        return {"EventId": self._accept(entry, detail)}

    def _fail_by_order(self, shadow: str | None) -> None:
        fault = self._faults.next_scripted("PutEventsEntry", shadow)
        if fault is None and self._faults.happens(self._faults.knobs.events_entry_error_rate):
            fault = Fault.THROTTLE if self._faults.happens(0.5) else Fault.ERROR
        if fault is not None:
            raise EntryError(*_ENTRY_FAULTS[fault])

    def _accept(self, entry: Entry, detail: dict[str, Any]) -> str:
        now = self._clock()
        when = datetime.fromtimestamp(now if entry.time is None else entry.time, UTC)
        envelope = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": entry.detail_type,
            "source": entry.source,
            "account": ACCOUNT,
            "time": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": REGION,
            "resources": entry.resources or [],
            "detail": detail,
        }
        about = facts(detail)
        event = BusEvent(
            id=str(envelope["id"]),
            time=now,
            # The name alone or the end of an ARN. A bus that does not exist is no error: the event is never seen again.
            event_bus=(entry.event_bus or "default").rpartition("event-bus/")[2],
            source=entry.source or "",
            detail_type=entry.detail_type or "",
            thing=about.thing,
            shadow=about.shadow,
            version=about.version,
            body=compact_json(envelope),
        )
        self._deliveries.accept(event, envelope)
        return event.id
