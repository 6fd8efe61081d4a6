"""The part of the sandbox's own API that is about EventBridge: what became of the events, and where they are sent."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.control_requests import BadRequestError, flag, json_body, limit, number
from sandbox.delivery import Deliveries
from sandbox.messages import Request
from sandbox.rule import Rule, RuleError, rule


class EventControl:
    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries
        self.routes: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "events"): self._events,
            ("GET", "deliveries"): lambda request: {"deliveries": self._rows(request, self._attempts)},
            ("GET", "dead-letters"): lambda request: {"deadLetters": self._rows(request, self._dead_letters)},
            ("GET", "rule"): lambda _: self._shown(),
            ("PUT", "rule"): self._route,
            ("DELETE", "rule"): lambda _: self._set(None),
        }

    def _events(self, request: Request) -> dict[str, Any]:
        parameters, record = request.parameters(), self._deliveries.record
        found = record.events(parameters.get("thingName"), parameters.get("shadowName"), number(parameters, "after", 0))
        rows = list(itertools.islice(found, limit(parameters)))
        if flag(request, "payload"):
            for row in rows:
                body = record.body(row["seq"])
                row["payload"] = None if body is None else body.decode()
        return {"total": record.total, "underWay": record.under_way, "events": rows}

    def _attempts(self, parameters: dict[str, str], after: int) -> Iterator[dict[str, Any]]:
        return self._deliveries.record.attempts(parameters.get("eventId"), after)

    def _dead_letters(self, _parameters: dict[str, str], after: int) -> Iterator[dict[str, Any]]:
        return self._deliveries.record.dead_letters(after)

    def _rows(
        self, request: Request, found: Callable[[dict[str, str], int], Iterator[dict[str, Any]]]
    ) -> list[dict[str, Any]]:
        parameters = request.parameters()
        return list(itertools.islice(found(parameters, number(parameters, "after", 0)), limit(parameters)))

    def _route(self, request: Request) -> dict[str, Any]:
        try:
            return self._set(rule(json_body(request)))
        except RuleError as error:
            raise BadRequestError(f"This rule cannot be: {error}") from None

    def _set(self, new: Rule | None) -> dict[str, Any]:
        self._deliveries.route(new)
        return self._shown()

    def _shown(self) -> dict[str, Any]:
        now = self._deliveries.rule
        return {"rule": None if now is None else now.model_dump(exclude={"key"})}
