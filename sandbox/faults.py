"""Decides which calls go wrong: first the scripted faults, then the throttles, then the dice."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from sandbox.calls import Call, Fault
from sandbox.knobs import Kind, Knobs


class ScriptedFault(BaseModel):
    """The next `times` calls of operation `call` go wrong; without `shadow`, those for any shadow."""

    model_config = ConfigDict(extra="forbid")

    call: str
    fault: Fault
    shadow: str | None = None
    times: Annotated[int, Field(ge=1)] = 1

    def matches(self, call: Call) -> bool:
        return self.call == call.name and self.shadow in (None, call.shadow)


class TokenBucket:
    """Lets `rate` calls per second pass, and after a pause a burst of one second's worth."""

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._size = max(rate, 1.0) if rate else 0.0
        self._clock = clock
        self._tokens = self._size
        self._filled = clock()

    def take(self) -> bool:
        now = self._clock()
        self._tokens = min(self._size, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


class Faults:
    def __init__(self, knobs: Knobs, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.scripted: list[ScriptedFault] = []
        self._knobs = knobs
        self._dice = random.Random(knobs.seed)
        self._buckets: dict[Kind, TokenBucket | None] = {}
        self._build_buckets()

    @property
    def knobs(self) -> Knobs:
        return self._knobs

    def turn(self, knobs: Knobs) -> None:
        """Use these knobs from now on. A changed seed restarts the dice, a changed throttle its bucket."""
        before, self._knobs = self._knobs, knobs
        if knobs.seed != before.seed:
            self._dice = random.Random(knobs.seed)
        throttles = (knobs.iot_throttle_above, knobs.lambda_throttle_above)
        if throttles != (before.iot_throttle_above, before.lambda_throttle_above):
            self._build_buckets()

    def restart(self, knobs: Knobs) -> None:
        """As new: these knobs, nothing scripted, dice and buckets at their start."""
        self.scripted.clear()
        self._knobs = knobs
        self._dice = random.Random(knobs.seed)
        self._build_buckets()

    def verdict(self, call: Call) -> Fault | None:
        scripted = self._next_scripted(call) if self.scripted else None
        if scripted is not None:
            return scripted
        kind = call.service.kind
        bucket = self._buckets[kind]
        if bucket is not None and not bucket.take():
            return Fault.THROTTLE
        knobs = self._knobs
        iot = kind == "iot"
        if self._happens(knobs.iot_reset_rate if iot else knobs.lambda_reset_rate):
            return Fault.LOST_ANSWER if knobs.reset_after_work else Fault.RESET
        if self._happens(knobs.iot_error_rate if iot else knobs.lambda_error_rate):
            return self._dice.choice((Fault.ERROR, Fault.UNAVAILABLE))
        if call.name == "Invoke" and (
            call.shadow in knobs.function_error_for or self._happens(knobs.function_error_rate)
        ):
            return Fault.FUNCTION_ERROR
        return None

    def _build_buckets(self) -> None:
        rates: dict[Kind, float | None] = {
            "iot": self._knobs.iot_throttle_above,
            "lambda": self._knobs.lambda_throttle_above,
        }
        self._buckets = {kind: None if rate is None else TokenBucket(rate, self._clock) for kind, rate in rates.items()}

    def _happens(self, rate: float) -> bool:
        return rate > 0 and self._dice.random() < rate

    def _next_scripted(self, call: Call) -> Fault | None:
        for scripted in self.scripted:
            if scripted.matches(call):
                scripted.times -= 1
                if scripted.times == 0:
                    self.scripted.remove(scripted)
                return scripted.fault
        return None
