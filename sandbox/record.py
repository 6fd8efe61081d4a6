"""What the sandbox saw: every call counted, every invocation kept for a while, every refused invocation beside it."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from sandbox.payloads import Payloads

KEPT_INVOCATIONS = 200_000
KEPT_PAYLOADS = 2_000


@dataclass(slots=True, frozen=True)
class Event:
    """The facts of an event, where it is an object that has them under these names."""

    thing: str | None = None
    shadow: str | None = None
    version: int | float | None = None


@dataclass(slots=True)
class Invocation:
    """One run of a function: `function` is the bare name; `function_error` says that it raised."""

    function: str
    qualifier: str
    invocation_type: str
    request_id: str
    event: Event
    function_error: bool

    def again(self) -> Invocation:
        """Another run for the same invocation."""
        return replace(self, function_error=False)


@dataclass(slots=True)
class Counts:
    """Per operation: `calls` is the sum of ok, throttled, errors, rejected, resets, abandoned and in_flight.

    `errors` are 5xx, `rejected` the 4xx but 429, `abandoned` those whose client went away before the answer. A Lambda
    run that raised is `ok` and counted in `function_errors` too.
    """

    calls: int = 0
    ok: int = 0
    throttled: int = 0
    errors: int = 0
    rejected: int = 0
    resets: int = 0
    abandoned: int = 0
    function_errors: int = 0
    in_flight: int = 0
    peak_in_flight: int = 0


class Record:
    def __init__(self, invocations: int = KEPT_INVOCATIONS, payloads: int = KEPT_PAYLOADS) -> None:
        self._clock: Callable[[], float] = time.time
        self._counts: defaultdict[str, Counts] = defaultdict(Counts)
        self._invocations: deque[tuple[int, float, Invocation, int]] = deque(maxlen=invocations)
        self._refusals: deque[dict[str, Any]] = deque(maxlen=invocations)
        self._payloads = Payloads(payloads)
        self._sequence = 0

    def clear(self) -> None:
        """Forget everything but the calls still in flight."""
        for call, counts in self._counts.items():
            flying = counts.in_flight
            self._counts[call] = Counts(calls=flying, in_flight=flying, peak_in_flight=flying)
        self._invocations.clear()
        self._refusals.clear()
        self._payloads.clear()
        self._sequence = 0

    def begin(self, call: str) -> None:
        counts = self._counts[call]
        counts.calls += 1
        counts.in_flight += 1
        counts.peak_in_flight = max(counts.peak_in_flight, counts.in_flight)

    def end(self, call: str, status: int, reset: bool, abandoned: bool) -> None:
        counts = self._counts[call]
        counts.in_flight -= 1
        if abandoned:
            counts.abandoned += 1
        elif reset:
            counts.resets += 1
        elif status < 400:
            counts.ok += 1
        elif status == 429:
            counts.throttled += 1
        elif status < 500:
            counts.rejected += 1
        else:
            counts.errors += 1

    def invoked(self, invocation: Invocation, payload: bytes) -> None:
        self._sequence += 1
        self._invocations.append((self._sequence, self._clock(), invocation, len(payload)))
        self._payloads.keep(self._sequence, payload)
        if invocation.function_error:
            self._counts["Invoke"].function_errors += 1

    def function_failed(self, invocation: Invocation) -> None:
        """The run that invoked() recorded turned out to raise."""
        invocation.function_error = True
        self._counts["Invoke"].function_errors += 1

    def refused(self, function: str | None, request_id: str, thing: str | None, shadow: str | None, why: str) -> None:
        """An invocation that never ran; `why` is the error's code, or `reset`."""
        self._refusals.append(
            {
                "function": function,
                "requestId": request_id,
                "thingName": thing,
                "shadowName": shadow,
                "error": why,
                "time": self._clock(),
            }
        )

    def counters(self) -> dict[str, dict[str, int]]:
        return {
            call: {_camel(name): value for name, value in asdict(counts).items()}
            for call, counts in self._counts.items()
        }

    @property
    def total(self) -> int:
        """Invocations since the start or the last clear(), those no longer kept included."""
        return self._sequence

    def invocations(
        self, thing: str | None = None, shadow: str | None = None, after: int = 0
    ) -> Iterator[dict[str, Any]]:
        """The kept invocations above sequence number `after`, oldest first, as the control API shows them."""
        for sequence, when, invocation, size in self._invocations:
            event = invocation.event
            if sequence <= after or thing not in (None, event.thing) or shadow not in (None, event.shadow):
                continue
            yield {
                "seq": sequence,
                "time": when,
                "function": invocation.function,
                "qualifier": invocation.qualifier,
                "invocationType": invocation.invocation_type,
                "requestId": invocation.request_id,
                "thingName": event.thing,
                "shadowName": event.shadow,
                "version": event.version,
                "functionError": invocation.function_error,
                "bytes": size,
            }

    def payload(self, sequence: int) -> bytes | None:
        """The exact bytes of an invocation, while they are kept."""
        return self._payloads.get(sequence)

    def refusals(self) -> list[dict[str, Any]]:
        return list(self._refusals)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
