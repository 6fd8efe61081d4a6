"""The way of an event from the bus to the API destination: matched, paced, attempted until it is delivered or dead."""

from __future__ import annotations

import asyncio
import itertools
import random
from contextlib import suppress
from typing import Any

from sandbox.calls import Fault
from sandbox.destination import Destination
from sandbox.event_pattern import EventPattern
from sandbox.event_record import BusEvent, EventRecord
from sandbox.faults import Faults
from sandbox.retry_policy import judge
from sandbox.rule import Rule

# An event that is to be overtaken waits no longer for one that could.
HOLD_SECONDS = 1.0


class Deliveries:
    def __init__(self, faults: Faults, rule: Rule | None) -> None:
        self.record = EventRecord()
        self._faults = faults
        self._first_rule = rule
        self._destination = Destination()
        self._tasks: set[asyncio.Task[None]] = set()
        self._overtaken: asyncio.Event | None = None
        self._next_turn = 0.0
        self.route(rule)

    def route(self, rule: Rule | None) -> None:
        """From now on; an event under way keeps to the rule that it matched."""
        self.rule = rule
        self._pattern = EventPattern(rule.event_pattern) if rule else None

    def accept(self, event: BusEvent, envelope: dict[str, Any]) -> None:
        """Take an event off the caller's hands. Called in the event loop."""
        self.record.accepted(event)
        rule, pattern = self.rule, self._pattern
        if rule is None or pattern is None or rule.event_bus != event.event_bus or not pattern.matches(envelope):
            return
        event.matched = True
        fault = self._fault(event)
        if fault is Fault.DROP:
            event.lost = True
        elif fault is Fault.REORDER and self._overtaken is None:
            self._overtaken = asyncio.Event()
            self._start(event, rule, hold=self._overtaken)
        else:
            overtaken, self._overtaken = self._overtaken, None
            self._start(event, rule, release=overtaken)
            if fault is Fault.DUPLICATE:
                self._start(event, rule)

    def restart(self) -> None:
        """As new: the rule of the start, no event under way, an empty record."""
        for task in self._tasks:
            task.cancel()
        self._overtaken = None
        self.record = EventRecord()
        self.route(self._first_rule)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._destination.close()

    def _fault(self, event: BusEvent) -> Fault | None:
        scripted = self._faults.next_scripted("Delivery", event.shadow)
        if scripted is not None:
            return scripted
        knobs = self._faults.knobs
        for fault, rate in (
            (Fault.DROP, knobs.delivery_drop_rate),
            (Fault.DUPLICATE, knobs.delivery_duplicate_rate),
            (Fault.REORDER, knobs.delivery_reorder_rate),
        ):
            if self._faults.happens(rate):
                return fault
        return None

    def _start(
        self, event: BusEvent, rule: Rule, hold: asyncio.Event | None = None, release: asyncio.Event | None = None
    ) -> None:
        self.record.started(event)
        task = asyncio.get_running_loop().create_task(self._deliver(self.record, event, rule, hold, release))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(
        self,
        record: EventRecord,
        event: BusEvent,
        rule: Rule,
        hold: asyncio.Event | None,
        release: asyncio.Event | None,
    ) -> None:
        age = 0.0
        try:
            if hold is not None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(hold.wait(), HOLD_SECONDS)
            await asyncio.sleep(self._faults.knobs.delivery_delay_ms / 1000)
            for attempt in itertools.count(1):
                await self._turn()
                timeout = self._faults.knobs.delivery_timeout_ms / 1000
                outcome = await self._destination.post(rule, event.body, timeout)
                if release is not None:
                    release.set()
                knobs = self._faults.knobs
                age += outcome.seconds
                verdict = judge(outcome, attempt, age, knobs, random.random())
                record.attempted(event, attempt, outcome, verdict)
                if verdict.wait is None:
                    return
                age += verdict.wait
                await asyncio.sleep(verdict.wait * knobs.wait_scale)
        finally:
            record.ended(event)

    async def _turn(self) -> None:
        """Wait for a place in the destination's rate, which delays what is above it, and drops nothing."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next_turn)
        self._next_turn = turn + 1 / self._faults.knobs.delivery_rate
        if turn > now:
            await asyncio.sleep(turn - now)
