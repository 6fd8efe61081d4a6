"""The sandbox seen from outside: its knobs, its Things, and its record of what the Lambda received."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

_SECONDS = 10.0
_PAGE = 10_000
# What a call costs while nothing is wrong; enough to be in the middle of one when something happens.
USUAL = {"iot_latency_ms": 5.0, "lambda_latency_ms": 20.0}


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event that the Lambda received; ``at`` in seconds since the epoch."""

    at: float
    thing: str
    shadow: str
    version: int
    request_id: str


class Aws:
    """A running sandbox. Thread-safe."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._pool = urllib3.PoolManager(retries=False, maxsize=10)

    def things(self) -> dict[str, int]:
        """How many shadows each Thing has."""
        return dict(self._control("GET", "things")["things"])

    def turn(self, **knobs: float | bool | None) -> None:
        self._control("PATCH", "knobs", knobs)

    @contextmanager
    def trouble(self, **knobs: float | bool) -> Iterator[None]:
        """With these knobs, and afterwards as usual."""
        self.turn(**knobs)
        try:
            yield
        finally:
            usual = {name: None if name.endswith("_above") else type(value)(0) for name, value in knobs.items()}
            self.turn(**(usual | {name: USUAL[name] for name in knobs if name in USUAL}))

    def forget(self) -> None:
        """An empty record, and the usual knobs."""
        self._control("POST", "reset")
        self.turn(**USUAL)

    def group(self, name: str, things: Sequence[str]) -> None:
        """Register a thing group."""
        self._control("POST", "registry", {"groups": [{"thingGroupName": name, "things": list(things)}]})

    def invokes(self) -> dict[str, int]:
        """How the calls of Invoke have ended so far."""
        return dict(self._control("GET", "counters")["calls"].get("Invoke", {}))

    def deliveries(self, after: int = 0) -> tuple[list[Delivery], int]:
        """What was delivered after a place in the record, and the place of the last."""
        found: list[Delivery] = []
        while True:
            page = self._control("GET", f"invocations?limit={_PAGE}&after={after}")["invocations"]
            found += [
                Delivery(one["time"], one["thingName"], one["shadowName"], one["version"], one["requestId"])
                for one in page
            ]
            if not page:
                return found, after
            after = page[-1]["seq"]

    def update(self, thing: str, shadow: str, value: int) -> int | None:
        """Change a shadow as a device does. Returns its new version, or None where it is not known whether it did."""
        body = json.dumps({"state": {"reported": {"chaos": value}}})
        url = f"{self.url}/things/{thing}/shadow?name={shadow}"
        headers = {"Authorization": "AWS4-HMAC-SHA256 the sandbox looks for no more"}
        try:
            answer = self._pool.request("POST", url, body=body, headers=headers, timeout=_SECONDS)
        except HTTPError:
            return None
        return int(answer.json()["version"]) if answer.status == 200 else None

    def shadows(self, thing: str) -> list[str]:
        """The names of a Thing's shadows; only while nothing is wrong."""
        url = f"{self.url}/api/things/shadow/ListNamedShadowsForThing/{thing}?pageSize=100"
        answer = self._pool.request("GET", url, headers={"Authorization": "AWS4-HMAC-SHA256"}, timeout=_SECONDS)
        return list(answer.json()["results"])

    def _control(self, method: str, what: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        url = f"{self.url}/sandbox/{what}"
        answer = self._pool.request(method, url, body=json.dumps(body) if body else None, timeout=_SECONDS)
        if answer.status != 200:
            raise RuntimeError(f"the sandbox answered {answer.status} to {method} {what}: {answer.data[:200]!r}")
        return dict(answer.json())
