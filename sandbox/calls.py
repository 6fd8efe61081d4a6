"""One call of an AWS operation, matched but not yet performed, and what a service is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sandbox.errors import AwsError
from sandbox.knobs import Kind
from sandbox.messages import Answer, Request


class Fault(StrEnum):
    """What can be made to go wrong with a call."""

    THROTTLE = "throttle"
    ERROR = "error"
    """HTTP 500."""
    UNAVAILABLE = "unavailable"
    """HTTP 503."""
    DENIED = "denied"
    """HTTP 403: the caller's policy does not allow it."""
    RESET = "reset"
    """The connection is reset and the call has no effect."""
    LOST_ANSWER = "lost_answer"
    """The call takes effect, then the connection is reset."""
    FUNCTION_ERROR = "function_error"
    """Invoke only: the function runs and raises."""
    DROP = "drop"
    """Delivery only: the event is lost, and nobody is told."""
    DUPLICATE = "duplicate"
    """Delivery only: the event is delivered twice."""
    REORDER = "reorder"
    """Delivery only: the next event is delivered first."""
    UNAUTHORIZED = "unauthorized"
    """SpacetimeDB only: the token is refused, 401."""
    ENERGY = "energy"
    """SpacetimeDB only: the database has spent its energy, 402."""
    REDUCER = "reducer"
    """CallReducer only: the reducer throws and its changes are undone, 530."""
    INDEX_NOT_READY = "index_not_ready"
    """SearchIndex only: the index is still being built."""
    GARBAGE = "garbage"
    """SpacetimeDB only: 200, with a page of something else that listens there."""


CALL_FAULTS = tuple(Fault)[: tuple(Fault).index(Fault.FUNCTION_ERROR)]
POSSIBLE = {
    "Invoke": (*CALL_FAULTS, Fault.FUNCTION_ERROR),
    "PutEventsEntry": (Fault.THROTTLE, Fault.ERROR, Fault.DENIED),
    "Delivery": (Fault.DROP, Fault.DUPLICATE, Fault.REORDER),
    "CallReducer": (*CALL_FAULTS, Fault.UNAUTHORIZED, Fault.ENERGY, Fault.REDUCER, Fault.GARBAGE),
    "SearchIndex": (*CALL_FAULTS, Fault.INDEX_NOT_READY),
    "Sql": (*CALL_FAULTS, Fault.UNAUTHORIZED, Fault.ENERGY, Fault.GARBAGE),
}
"""By the name that a fault is scripted for, what can go wrong; CALL_FAULTS for the other operations.

`PutEventsEntry` is one entry of a PutEvents, `Delivery` one event on its way to the API destination.
"""


@dataclass(slots=True)
class Call:
    """`name` is the operation's; `thing` and `shadow` are what it is about, as far as the request tells.

    A `signed` call is refused without an Authorization header.
    """

    service: Service
    name: str
    request_id: str
    perform: Callable[[Call], Answer]
    thing: str | None = None
    shadow: str | None = None
    function: str | None = None
    function_fails: bool = False
    signed: bool = True


class Service(Protocol):
    kind: Kind

    def match(self, request: Request, request_id: str) -> Call | None:
        """The call that this request is, or None when it belongs to another service. AwsError if it is malformed."""

    def error_answer(self, error: AwsError) -> Answer:
        """The error in this service's own spelling."""

    def fault(self, fault: Fault) -> AwsError:
        """The error that this service answers for THROTTLE, ERROR, UNAVAILABLE or DENIED."""
