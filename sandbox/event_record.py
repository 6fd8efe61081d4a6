"""What became of every event: delivered, dead, lost on purpose, or still on its way. All of it is kept for a while."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.destination import Outcome
from sandbox.lambda_ import ACCOUNT, REGION
from sandbox.payloads import Payloads
from sandbox.retry_policy import Verdict

KEPT_EVENTS = 20_000
KEPT_ATTEMPTS = 50_000
KEPT_DEAD_LETTERS = 1_000
KEPT_BODIES = 2_000


@dataclass(slots=True)
class BusEvent:
    """An event that a bus accepted. `body` is its envelope, as it is delivered.

    `thing`, `shadow` and `version` are those of its detail, where it has them. `under_way` counts deliveries that have
    not ended: two for an event that is delivered twice.
    """

    id: str
    time: float
    event_bus: str
    source: str
    detail_type: str
    thing: str | None
    shadow: str | None
    version: int | float | None
    body: bytes
    sequence: int = 0
    matched: bool = False
    lost: bool = False
    under_way: int = 0
    attempts: int = 0
    delivered: int = 0

    @property
    def state(self) -> str:
        if not self.matched:
            return "unmatched"
        if self.under_way:
            return "pending"
        return "delivered" if self.delivered else "lost" if self.lost else "dead"

    def row(self) -> dict[str, Any]:
        return {
            "seq": self.sequence,
            "time": self.time,
            "id": self.id,
            "eventBus": self.event_bus,
            "source": self.source,
            "detailType": self.detail_type,
            "thingName": self.thing,
            "shadowName": self.shadow,
            "version": self.version,
            "state": self.state,
            "attempts": self.attempts,
            "deliveries": self.delivered,
        }


class EventRecord:
    def __init__(self) -> None:
        self._events: deque[BusEvent] = deque(maxlen=KEPT_EVENTS)
        self._attempts: deque[dict[str, Any]] = deque(maxlen=KEPT_ATTEMPTS)
        self._dead: deque[dict[str, Any]] = deque(maxlen=KEPT_DEAD_LETTERS)
        self._bodies = Payloads(KEPT_BODIES)
        self._attempt_number = 0
        self._dead_number = 0
        self.total = 0
        """Events accepted, those no longer kept included."""
        self.under_way = 0
        """Deliveries that have not ended."""

    def accepted(self, event: BusEvent) -> None:
        self.total += 1
        event.sequence = self.total
        self._events.append(event)
        self._bodies.keep(event.sequence, event.body)

    def started(self, event: BusEvent) -> None:
        event.under_way += 1
        self.under_way += 1

    def ended(self, event: BusEvent) -> None:
        event.under_way -= 1
        self.under_way -= 1

    def attempted(self, event: BusEvent, attempt: int, outcome: Outcome, verdict: Verdict) -> None:
        event.attempts += 1
        event.delivered += verdict.state == "delivered"
        self._attempt_number += 1
        about = {"time": time.time(), "eventId": event.id, "thingName": event.thing, "shadowName": event.shadow}
        row = {
            "attempt": attempt,
            "status": outcome.status,
            "error": outcome.error or None,
            "seconds": outcome.seconds,
            "outcome": verdict.state,
            "wait": verdict.wait,
        }
        self._attempts.append({"seq": self._attempt_number, **about, "version": event.version, **row})
        if verdict.state != "dead":
            return
        self._dead_number += 1
        letter = {"attributes": _attributes(attempt, outcome, verdict), "body": event.body.decode()}
        self._dead.append({"seq": self._dead_number, **about, "version": event.version, **letter})

    def events(self, thing: str | None = None, shadow: str | None = None, after: int = 0) -> Iterator[dict[str, Any]]:
        """The kept events above sequence number `after`, oldest first."""
        for event in self._events:
            if event.sequence > after and thing in (None, event.thing) and shadow in (None, event.shadow):
                yield event.row()

    def body(self, sequence: int) -> bytes | None:
        return self._bodies.get(sequence)

    def attempts(self, event_id: str | None = None, after: int = 0) -> Iterator[dict[str, Any]]:
        """`wait` is how long AWS would wait for the next attempt, in seconds, before `wait_scale`."""
        for row in self._attempts:
            if row["seq"] > after and event_id in (None, row["eventId"]):
                yield row

    def dead_letters(self, after: int = 0) -> Iterator[dict[str, Any]]:
        """`attributes` are those of the message in AWS's dead-letter queue, `body` is the event."""
        return (row for row in self._dead if row["seq"] > after)


def _attributes(attempt: int, outcome: Outcome, verdict: Verdict) -> dict[str, str]:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/rule-dlq.html"""
    code = outcome.error or ("THROTTLING" if outcome.status == 429 else "ERROR_FROM_TARGET")
    what = f"answered {outcome.status}" if outcome.status else "did not answer"
    attributes = {
        "RULE_ARN": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/sandbox",
        "TARGET_ARN": f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/sandbox",
        "ERROR_CODE": code,
        "ERROR_MESSAGE": f"The API destination {what}.",
        "RETRY_ATTEMPTS": str(attempt - 1),
    }
    return attributes | ({"EXHAUSTED_RETRY_CONDITION": verdict.exhausted} if verdict.exhausted else {})
