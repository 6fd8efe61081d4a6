"""The sandbox's own HTTP API under /sandbox/: knobs, faults, documents as they should not be, and the record.

Every answer is JSON; every error is {"error": one line} with "details" where fields are to blame.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError

from sandbox.control_requests import BadRequestError, flag, json_body, limit, number
from sandbox.delivery import Deliveries
from sandbox.errors import AwsError
from sandbox.event_control import EventControl
from sandbox.faults import Faults, ScriptedFault
from sandbox.iot_data import check_names
from sandbox.knobs import KnobError
from sandbox.messages import Answer, Request, json_answer
from sandbox.record import Record
from sandbox.registry import Registry
from sandbox.registry_control import RegistryControl
from sandbox.shadows import ShadowStore
from sandbox.spacetimedb_identities import Identities

_SCRIPT = TypeAdapter(list[ScriptedFault])


class Reset(Protocol):
    def __call__(self, shadows: bool = False) -> None: ...


class Control:
    def __init__(
        self,
        store: ShadowStore,
        registry: Registry,
        record: Record,
        faults: Faults,
        deliveries: Deliveries,
        identities: Identities,
        reset: Reset,
    ) -> None:
        self._store = store
        self._record = record
        self._faults = faults
        self._identities = identities
        self._reset = reset
        self._routes: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "health"): lambda _: {"status": "ok"},
            ("GET", "knobs"): lambda _: self._faults.knobs.model_dump(),
            ("PATCH", "knobs"): self._turn_knobs,
            ("POST", "reset"): self._do_reset,
            ("GET", "faults"): lambda _: self._scripted(),
            ("POST", "faults"): self._script,
            ("GET", "things"): lambda _: {"things": self._store.counts()},
            ("GET", "counters"): lambda _: {"invocations": self._record.total, "calls": self._record.counters()},
            ("GET", "spacetimedb"): lambda _: self._spacetimedb(),
            ("GET", "invocations"): self._invocations,
            ("GET", "refusals"): self._refusals,
            **EventControl(deliveries).routes,
            **RegistryControl(registry).routes,
        }

    def answer(self, request: Request) -> Answer:
        segments = request.segments()[1:]
        try:
            if len(segments) == 3:
                return self._one_shadow(request, *segments)
            route = self._routes.get((request.method, segments[0])) if len(segments) == 1 else None
            if route is None:
                routes = ", ".join(f"{method} /sandbox/{name}" for method, name in self._routes)
                return json_answer(404, {"error": f"No such route. There are: {routes}"})
            return json_answer(200, route(request))
        except KnobError as error:
            return json_answer(400, {"error": f"These knobs cannot be turned so: {error}", "details": error.details})
        except BadRequestError as error:
            return json_answer(400, {"error": str(error)})
        except AwsError as error:
            return json_answer(error.status, {"error": error.message})

    def _one_shadow(self, request: Request, what: str, thing: str, shadow: str) -> Answer:
        put = request.method == "PUT"
        if what not in ("raw-shadow", "vanished") or request.method not in ("PUT", "DELETE"):
            return json_answer(
                404, {"error": "No such route. PUT or DELETE /sandbox/raw-shadow|vanished/{thing}/{shadow}"}
            )
        check_names(thing, shadow)
        if what == "raw-shadow":
            self._store.put_raw(thing, shadow, request.body if put else None)
        else:
            self._store.vanish(thing, shadow, put)
        return json_answer(200, {"thingName": thing, "shadowName": shadow})

    def _turn_knobs(self, request: Request) -> dict[str, Any]:
        changes = json_body(request)
        if not isinstance(changes, dict):
            raise BadRequestError('The body must be a JSON object of knobs, such as {"iot_latency_ms": 20}.')
        self._faults.turn(self._faults.knobs.changed(changes))
        return self._faults.knobs.model_dump()

    def _do_reset(self, request: Request) -> dict[str, Any]:
        self._reset(shadows=flag(request, "shadows"))
        return self._faults.knobs.model_dump()

    def _scripted(self) -> dict[str, Any]:
        return {"faults": [fault.model_dump(mode="json") for fault in self._faults.scripted]}

    def _script(self, request: Request) -> dict[str, Any]:
        try:
            faults = _SCRIPT.validate_python(json_body(request))
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise BadRequestError(
                f"The body must be a list of {{call, fault, shadow?, times?, after?}}: {problems}"
            ) from None
        self._faults.scripted.extend(faults)
        return self._scripted()

    def _spacetimedb(self) -> dict[str, Any]:
        """What a client of it has to be told: its database, and the token of whom the database belongs to."""
        owner = {"identity": self._identities.owner, "token": self._identities.owner_token}
        return {"database": self._faults.knobs.spacetimedb_database, **owner}

    def _invocations(self, request: Request) -> dict[str, Any]:
        parameters = request.parameters()
        found = self._record.invocations(
            parameters.get("thingName"), parameters.get("shadowName"), number(parameters, "after", 0)
        )
        rows = list(itertools.islice(found, limit(parameters)))
        if flag(request, "payload"):
            for row in rows:
                payload = self._record.payload(row["seq"])
                row["payload"] = None if payload is None else payload.decode()
        return {"total": self._record.total, "invocations": rows}

    def _refusals(self, request: Request) -> dict[str, Any]:
        return {"refusals": self._record.refusals()[: limit(request.parameters())]}
