"""The sandbox as one HTTP handler: which service a request is for, what goes wrong with it, what is recorded."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable

from sandbox.calls import Call, Fault, Service
from sandbox.control import Control
from sandbox.delivery import Deliveries
from sandbox.errors import AwsError, missing_token, unknown_key, unknown_operation
from sandbox.eventbridge import EventBridge
from sandbox.faults import Faults
from sandbox.function import Function
from sandbox.function_runs import FunctionRuns
from sandbox.iot_control import IotControl
from sandbox.iot_data import IotData
from sandbox.knobs import Knobs
from sandbox.lambda_ import Lambda
from sandbox.messages import Answer, Request, json_answer
from sandbox.record import Record
from sandbox.registry import Registry
from sandbox.registry_seed import RegistrySeed
from sandbox.rule import Rule
from sandbox.shadows import ShadowStore
from sandbox.spacetimedb import SPACETIMEDB_PATH, SpacetimeDb
from sandbox.spacetimedb_identities import Identities
from sandbox.spacetimedb_table import Table

_QUICK = (Fault.THROTTLE, Fault.DENIED)
_RESETS = (Fault.RESET, Fault.LOST_ANSWER)


class Sandbox:
    """`seed` fills the store at the start, and again when a reset asks for it.

    The Things that it puts there are registered, in the group FLEET_GROUP if there are any; then comes `registry`.
    `rule` sends events on to an API destination; without a `function` every Invoke only says that all is well.
    """

    def __init__(
        self,
        knobs: Knobs | None = None,
        seed: Callable[[ShadowStore], None] | None = None,
        rule: Rule | None = None,
        function: Function | None = None,
        registry: RegistrySeed | None = None,
    ) -> None:
        self.store = ShadowStore()
        self.registry = Registry()
        self.table = Table()
        self.identities = Identities()
        self.record = Record()
        self.faults = Faults(knobs or Knobs())
        self._start_knobs = self.faults.knobs
        self._seed = seed
        self._registry_seed = registry or RegistrySeed()
        self.deliveries = Deliveries(self.faults, rule)
        self._function = function
        self._runs = FunctionRuns(function, self.faults, self.record) if function else None
        self._services: tuple[Service, ...] = (
            IotData(self.store),
            Lambda(self.faults, self.record, self._runs),
            SpacetimeDb(self.faults, self.table, self.identities),
            EventBridge(self.faults, self.deliveries),
            IotControl(self.faults, self.registry, self.store),
        )
        self._control = Control(
            self.store, self.registry, self.record, self.faults, self.deliveries, self.identities, self.reset
        )
        self._id_prefix = str(uuid.uuid4())[:24]
        self._ids = itertools.count(1)
        self._fill()

    async def open(self, url: str) -> None:
        """Start what runs beside the server, which listens at `url` by now. HandlerError if a function cannot be."""
        if self._function is not None:
            await self._function.start(url)

    async def close(self) -> None:
        """Stop it, whatever is under way."""
        await self.deliveries.close()
        if self._runs is not None:
            await self._runs.close()
        if self._function is not None:
            await self._function.stop()

    def reset(self, shadows: bool = False) -> None:
        """Knobs and rule as at the start, no faults, an empty record, no event under way.

        With `shadows` the documents and the registry as at the start, too.
        """
        self.faults.restart(self._start_knobs)
        self.record.clear()
        self.deliveries.restart()
        if self._runs is not None:
            self._runs.restart()
        if shadows:
            self.store.clear()
            self.table.clear()
            self.registry.clear()
            self._fill()
        else:
            self.store.restore()

    def _fill(self) -> None:
        if self._seed is not None:
            self._seed(self.store)
        if self.store.things():
            self.registry.add_fleet(self.store.things())
        self.registry.put(self._registry_seed)

    def handle(self, request: Request) -> Answer:
        if request.path.startswith("/sandbox/"):
            return self._control.answer(request)
        request_id = f"{self._id_prefix}{next(self._ids):012x}"
        answer = self._aws(request, request_id)
        if not request.path.startswith(SPACETIMEDB_PATH):
            answer.headers = (("x-amzn-RequestId", request_id), *answer.headers)
        return answer

    def finished(self, answer: Answer, abandoned: bool) -> None:
        if answer.call:
            self.record.end(answer.call, 429 if answer.throttled else answer.status, answer.reset, abandoned)

    def _aws(self, request: Request, request_id: str) -> Answer:
        for service in self._services:
            try:
                call = service.match(request, request_id)
            except AwsError as error:
                return service.error_answer(error)
            if call is not None:
                return self._perform(call, request)
        unknown = unknown_operation()
        return json_answer(unknown.status, {"message": unknown.message}, (("x-amzn-ErrorType", unknown.code),))

    def _perform(self, call: Call, request: Request) -> Answer:
        self.record.begin(call.name)
        service = call.service
        fault: Fault | None = None
        try:
            if call.signed:
                self._check_key(request)
            fault = self.faults.verdict(call)
            call.function_fails = fault is Fault.FUNCTION_ERROR
            if fault is Fault.RESET:
                answer = Answer(0)
                self._refused(call, "reset")
            elif fault in (None, Fault.LOST_ANSWER, Fault.FUNCTION_ERROR):
                answer = call.perform(call)
            else:
                raise service.fault(fault)
        except AwsError as error:
            answer = service.error_answer(error)
            self._refused(call, error.code)
        answer.call = call.name
        answer.reset = fault in _RESETS
        if fault not in _QUICK:
            answer.delay = self.faults.knobs.latency_seconds(service.kind, call.shadow)
        return answer

    def _check_key(self, request: Request) -> None:
        authorization, known = request.headers.get(b"authorization"), self.faults.knobs.access_keys
        if authorization is None:
            raise missing_token()
        if known is not None:
            _, _, scope = authorization.partition(b"Credential=")
            if scope.partition(b"/")[0].decode("latin-1") not in known:
                raise unknown_key()

    def _refused(self, call: Call, why: str) -> None:
        if call.function is not None:
            self.record.refused(call.function, call.request_id, call.thing, call.shadow, why)
