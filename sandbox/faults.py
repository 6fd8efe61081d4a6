"""Decides which calls go wrong: first the scripted faults, then the throttles, then the dice."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Annotated, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox.calls import CALL_FAULTS, POSSIBLE, Call, Fault
from sandbox.knobs import Kind, Knobs


class ScriptedFault(BaseModel):
    """The next `times` calls of operation `call` go wrong; without `shadow`, those for any shadow.

    The first `after` of them still go well.
    """

    model_config = ConfigDict(extra="forbid")

    call: str
    fault: Fault
    shadow: str | None = None
    times: Annotated[int, Field(ge=1)] = 1
    after: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _can_happen(self) -> ScriptedFault:
        possible = POSSIBLE.get(self.call, CALL_FAULTS)
        if self.fault not in possible:
            raise ValueError(f"{self.call} can only go wrong by {', '.join(possible)}")
        return self

    def matches(self, call: str, shadow: str | None) -> bool:
        return self.call == call and self.shadow in (None, shadow)


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
        self._dice = random.Random(knobs.seed)
        self._buckets: dict[Kind, TokenBucket | None] = {}
        self._use(knobs)
        self._build_buckets()

    @property
    def knobs(self) -> Knobs:
        return self._knobs

    def turn(self, knobs: Knobs) -> None:
        """Use these knobs from now on. A changed seed restarts the dice, a changed throttle its bucket."""
        before = self._knobs
        self._use(knobs)
        if knobs.seed != before.seed:
            self._dice = random.Random(knobs.seed)
        if _throttles(knobs) != _throttles(before):
            self._build_buckets()

    def restart(self, knobs: Knobs) -> None:
        """As new: these knobs, nothing scripted, dice and buckets at their start."""
        self.scripted.clear()
        self._use(knobs)
        self._dice = random.Random(knobs.seed)
        self._build_buckets()

    def verdict(self, call: Call) -> Fault | None:
        scripted = self.next_scripted(call.name, call.shadow) if self.scripted else None
        if scripted is not None:
            return scripted
        kind = call.service.kind
        bucket = self._buckets[kind]
        if bucket is not None and not bucket.take():
            return Fault.THROTTLE
        knobs = self._knobs
        reset_rate, error_rate = self._rates[kind]
        if self.happens(reset_rate):
            return Fault.LOST_ANSWER if knobs.reset_after_work else Fault.RESET
        if self.happens(error_rate):
            return self._dice.choice((Fault.ERROR, Fault.UNAVAILABLE))
        if call.name == "Invoke" and (
            call.shadow in knobs.function_error_for or self.happens(knobs.function_error_rate)
        ):
            return Fault.FUNCTION_ERROR
        return None

    def happens(self, rate: float) -> bool:
        return rate > 0 and self._dice.random() < rate

    def next_scripted(self, call: str, shadow: str | None) -> Fault | None:
        """What was scripted for this call, once less often from now on."""
        for scripted in self.scripted:
            if scripted.matches(call, shadow):
                if scripted.after:
                    scripted.after -= 1
                    continue
                scripted.times -= 1
                if scripted.times == 0:
                    self.scripted.remove(scripted)
                return scripted.fault
        return None

    def _use(self, knobs: Knobs) -> None:
        self._knobs = knobs
        # Every call asks for them.
        self._rates: dict[Kind, tuple[float, float]] = {
            kind: (knobs.of(kind, "reset_rate"), knobs.of(kind, "error_rate")) for kind in get_args(Kind)
        }

    def _build_buckets(self) -> None:
        rates = _throttles(self._knobs)
        self._buckets = {kind: None if rate is None else TokenBucket(rate, self._clock) for kind, rate in rates.items()}


def _throttles(knobs: Knobs) -> dict[Kind, float | None]:
    return {kind: knobs.of(kind, "throttle_above") for kind in get_args(Kind)}
