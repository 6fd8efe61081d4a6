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


@dataclass(slots=True)
class Call:
    """`name` is the operation's; `thing` and `shadow` are what it is about, as far as the request tells."""

    service: Service
    name: str
    request_id: str
    perform: Callable[[Call], Answer]
    thing: str | None = None
    shadow: str | None = None
    function: str | None = None
    function_fails: bool = False


class Service(Protocol):
    kind: Kind

    def match(self, request: Request, request_id: str) -> Call | None:
        """The call that this request is, or None when it belongs to another service. AwsError if it is malformed."""

    def error_answer(self, error: AwsError) -> Answer:
        """The error in this service's own spelling."""

    def fault(self, fault: Fault) -> AwsError:
        """The error that this service answers for THROTTLE, ERROR, UNAVAILABLE or DENIED."""
