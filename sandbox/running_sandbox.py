"""A sandbox in the caller's process, as the caller's thread turns it and looks into it."""

from __future__ import annotations

from typing import Any

from sandbox.calls import Fault
from sandbox.faults import ScriptedFault
from sandbox.knobs import Knobs
from sandbox.messages import compact_json
from sandbox.rule import rule
from sandbox.running_registry import RunningRegistry
from sandbox.spacetimedb_table import Row, now_micros


class RunningSandbox(RunningRegistry):
    """A sandbox that serves at `url`. Every method takes effect before it returns, between two requests."""

    def environment(self) -> dict[str, str]:
        """The AWS_* variables that send boto3 here."""
        return {
            "AWS_ENDPOINT_URL_IOT": self.url,
            "AWS_ENDPOINT_URL_IOT_DATA_PLANE": self.url,
            "AWS_ENDPOINT_URL_LAMBDA": self.url,
            "AWS_ENDPOINT_URL_EVENTBRIDGE": self.url,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
        }

    def turn(self, **knobs: Any) -> Knobs:
        """Change these knobs (see Knobs); KnobError if they cannot be."""

        def change() -> Knobs:
            faults = self._sandbox.faults
            faults.turn(faults.knobs.changed(knobs))
            return faults.knobs

        return self._do(change)

    def fail_next(
        self, call: str, fault: Fault | str, shadow: str | None = None, times: int = 1, after: int = 0
    ) -> None:
        """Let the next `times` calls of that operation (for that shadow) go wrong, once `after` have gone well."""
        scripted = ScriptedFault(call=call, fault=Fault(fault), shadow=shadow, times=times, after=after)
        self._do(lambda: self._sandbox.faults.scripted.append(scripted))

    def add_thing(self, thing: str) -> None:
        """A registered Thing without shadows."""

        def add() -> None:
            self._sandbox.store.add_thing(thing)
            self._sandbox.registry.add(thing)

        self._do(add)

    def seed(
        self,
        thing: str,
        shadow: str | None,
        reported: dict[str, Any] | None = None,
        desired: dict[str, Any] | None = None,
    ) -> None:
        """Update the shadow as UpdateThingShadow does, and register the Thing. AwsError if the document is refused."""
        sections = {"reported": reported, "desired": desired}
        state = {section: value for section, value in sections.items() if value is not None}

        def update() -> None:
            self._sandbox.store.update(thing, shadow, compact_json({"state": state}))
            self._sandbox.registry.add(thing)

        self._do(update)

    def delete(self, thing: str, shadow: str | None) -> None:
        self._do(lambda: self._sandbox.store.delete(thing, shadow))

    def put_raw(self, thing: str, shadow: str, body: bytes | None) -> None:
        """Let GetThingShadow answer exactly these bytes; None undoes it."""
        self._do(lambda: self._sandbox.store.put_raw(thing, shadow, body))

    def vanish(self, thing: str, shadow: str, vanished: bool = True) -> None:
        """Keep the shadow listed but let GetThingShadow answer 404."""
        self._do(lambda: self._sandbox.store.vanish(thing, shadow, vanished))

    def things(self) -> dict[str, int]:
        return self._do(self._sandbox.store.counts)

    def counters(self) -> dict[str, dict[str, int]]:
        """Per operation, as GET /sandbox/counters."""
        return self._do(self._sandbox.record.counters)

    def invocations(self, thing: str | None = None, shadow: str | None = None) -> list[dict[str, Any]]:
        """What the Lambda received, oldest first; `payload` is the exact bytes, or None when no longer kept."""
        record = self._sandbox.record
        return self._do(
            lambda: [row | {"payload": record.payload(row["seq"])} for row in record.invocations(thing, shadow)]
        )

    def refusals(self) -> list[dict[str, Any]]:
        """Invocations that were throttled, failed or reset, oldest first."""
        return self._do(self._sandbox.record.refusals)

    def route(self, url: str | None, **parts: Any) -> None:
        """Send matching events there from now on, or nowhere; `parts` as in Rule, `key` as text. RuleError."""
        new = None if url is None else rule({"url": url, **parts})
        self._do(lambda: self._sandbox.deliveries.route(new))

    def events(self, thing: str | None = None, shadow: str | None = None) -> list[dict[str, Any]]:
        """What EventBridge accepted, oldest first; `payload` is the envelope, or None when no longer kept."""

        def found() -> list[dict[str, Any]]:
            record = self._sandbox.deliveries.record
            return [row | {"payload": record.body(row["seq"])} for row in record.events(thing, shadow)]

        return self._do(found)

    def under_way(self) -> int:
        """Deliveries that have not ended."""
        return self._do(lambda: self._sandbox.deliveries.record.under_way)

    def deliveries(self, event_id: str | None = None) -> list[dict[str, Any]]:
        """Every attempt at delivering an event, oldest first."""
        return self._do(lambda: list(self._sandbox.deliveries.record.attempts(event_id)))

    def dead_letters(self) -> list[dict[str, Any]]:
        """Events that were given up, oldest first."""
        return self._do(lambda: list(self._sandbox.deliveries.record.dead_letters()))

    @property
    def spacetimedb_token(self) -> str:
        """Of the identity that owns the database; good as long as this sandbox runs."""
        return self._sandbox.identities.owner_token

    def another_spacetimedb_token(self) -> str:
        """Of the same identity, and as good."""
        return self._do(self._sandbox.identities.another_owner_token)

    def rows(self, thing: str | None = None) -> list[Row]:
        """What device_named_shadow holds, by Thing and shadow name."""
        return self._do(lambda: self._sandbox.table.rows(thing))

    def put_row(
        self,
        thing: str,
        shadow: str,
        version: int,
        reported: str | None = None,
        desired: str | None = None,
        *,
        age_seconds: float = 0.0,
    ) -> None:
        """Write a row past the reducer and its guard, as if it had landed that long ago."""
        updated_at = now_micros() - round(age_seconds * 1_000_000)
        row = Row(thing, shadow, version, reported, desired)
        self._do(lambda: self._sandbox.table.put(row, updated_at))

    def delete_row(self, thing: str, shadow: str) -> None:
        self._do(lambda: self._sandbox.table.delete(thing, shadow))

    def reset(self, shadows: bool = False) -> None:
        """See Sandbox.reset."""
        self._do(lambda: self._sandbox.reset(shadows))
