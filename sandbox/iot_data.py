"""The iot-data calls: https://docs.aws.amazon.com/iot/latest/developerguide/device-shadow-rest-api.html"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable

from sandbox.calls import Call, Fault
from sandbox.errors import AwsError, invalid_request
from sandbox.knobs import Kind
from sandbox.messages import Answer, Request, json_answer
from sandbox.paging import page_size, read_token, token
from sandbox.shadows import ShadowStore

# AWS documents no default page size; this one is the sandbox's own.
DEFAULT_PAGE_SIZE = 25
LARGEST_PAGE_SIZE = 100

_LIST = "/api/things/shadow/ListNamedShadowsForThing/"
_THING = re.compile(r"[a-zA-Z0-9:_-]{1,128}")
_SHADOW = re.compile(r"[$a-zA-Z0-9:_-]{1,64}")

_FAULTS = {
    Fault.THROTTLE: (429, "ThrottlingException", "Rate exceeded"),
    Fault.ERROR: (500, "InternalFailureException", "Internal service failure"),
    Fault.UNAVAILABLE: (503, "ServiceUnavailableException", "Service unavailable"),
    Fault.DENIED: (403, "ForbiddenException", "Forbidden"),
}


class IotData:
    kind: Kind = "iot"

    def __init__(self, store: ShadowStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def match(self, request: Request, request_id: str) -> Call | None:
        if request.path.startswith("/things/"):
            return self._match_shadow(request, request_id)
        if request.path.startswith(_LIST) and request.path.count("/") == _LIST.count("/"):
            thing = request.segments()[-1]
            return Call(self, "ListNamedShadowsForThing", request_id, lambda _: self._list(request, thing), thing)
        return None

    def _match_shadow(self, request: Request, request_id: str) -> Call | None:
        segments = request.segments()
        if len(segments) != 3 or segments[2] != "shadow":
            return None
        thing, name = segments[1], request.parameters().get("name")
        match request.method:
            case "GET":
                return Call(self, "GetThingShadow", request_id, self._get, thing, name)
            case "POST":
                return Call(
                    self, "UpdateThingShadow", request_id, lambda call: self._update(call, request), thing, name
                )
            case "DELETE":
                return Call(self, "DeleteThingShadow", request_id, self._delete, thing, name)
        raise AwsError(405, "MethodNotAllowedException", "Method not allowed")

    def error_answer(self, error: AwsError) -> Answer:
        body = {"message": error.message, "traceId": str(uuid.uuid4()), **error.extra}
        return json_answer(error.status, body, (("x-amzn-ErrorType", error.code), *error.headers))

    def fault(self, fault: Fault) -> AwsError:
        return AwsError(*_FAULTS[fault])

    def _list(self, request: Request, thing: str) -> Answer:
        if request.method != "GET":
            raise AwsError(405, "MethodNotAllowedException", "Method not allowed")
        check_names(thing, None)
        parameters = request.parameters()
        size = page_size(parameters.get("pageSize"), "pageSize", DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE)
        after = read_token(parameters["nextToken"], thing) if parameters.get("nextToken") else ""
        names, more = self._store.names(thing, after, size)
        page: dict[str, object] = {"results": names, "timestamp": int(self._clock())}
        if more:
            page["nextToken"] = token(thing, names[-1])
        return json_answer(200, page)

    def _get(self, call: Call) -> Answer:
        thing = check_names(call.thing, call.shadow)
        return Answer(200, self._store.get(thing, call.shadow))

    def _update(self, call: Call, request: Request) -> Answer:
        thing = check_names(call.thing, call.shadow)
        if request.body_size != len(request.body):
            raise AwsError(413, "RequestEntityTooLargeException", "The payload exceeds the maximum size allowed")
        return Answer(200, self._store.update(thing, call.shadow, request.body))

    def _delete(self, call: Call) -> Answer:
        thing = check_names(call.thing, call.shadow)
        return Answer(200, self._store.delete(thing, call.shadow))


def check_names(thing: str | None, shadow: str | None) -> str:
    """The Thing's name; AwsError 400 for an illegal one, or an illegal shadow name."""
    if thing is None or not _THING.fullmatch(thing):
        raise invalid_request("Invalid thing name")
    if shadow is not None and not _SHADOW.fullmatch(shadow):
        raise invalid_request("Invalid shadow name")
    return thing
