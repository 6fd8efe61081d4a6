"""The control plane of AWS IoT, as far as it lists, finds and describes Things, and tells a topic rule.

https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT.html
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sandbox.calls import Call, Fault
from sandbox.errors import AwsError, invalid_request
from sandbox.faults import Faults
from sandbox.iot_data import check_names
from sandbox.knobs import Kind
from sandbox.lambda_ import ACCOUNT, REGION
from sandbox.messages import Answer, Request, json_answer
from sandbox.paging import asked_page, scope_of
from sandbox.registry import Registry, thing_id
from sandbox.search_index import SearchIndex, index_not_ready
from sandbox.shadows import ShadowStore

# AWS documents no default page size; this one is the sandbox's own.
DEFAULT_PAGE_SIZE = 25
LARGEST_PAGE_SIZE = 250

_FAULTS = {
    # The same exception that the data plane answers with 429.
    Fault.THROTTLE: (400, "ThrottlingException", "Rate exceeded"),
    Fault.ERROR: (500, "InternalFailureException", "An unexpected error has occurred."),
    Fault.UNAVAILABLE: (503, "ServiceUnavailableException", "The service is temporarily unavailable."),
    Fault.DENIED: (403, "AccessDeniedException", "The caller is not authorized to perform this action"),
}

Perform = Callable[[Request], dict[str, Any]]


class IotControl:
    kind: Kind = "iot_control"

    def __init__(self, faults: Faults, registry: Registry, store: ShadowStore) -> None:
        self._faults = faults
        self._registry = registry
        self._search = SearchIndex(faults, registry, store)

    def match(self, request: Request, request_id: str) -> Call | None:
        name: str
        perform: Perform
        match [request.method, *request.segments()]:
            case ["GET", "things"]:
                name, perform = "ListThings", self._list
            case ["GET", "things", _]:
                name, perform = "DescribeThing", self._describe
            case ["GET", "thing-groups", _, "things"]:
                name, perform = "ListThingsInThingGroup", self._list_group
            case ["POST", "indices", "search"]:
                name, perform = "SearchIndex", self._search.found
            case ["GET", "rules", _]:
                name, perform = "GetTopicRule", self._rule
            case _:
                return None
        return Call(self, name, request_id, lambda _: json_answer(200, perform(request)))

    def error_answer(self, error: AwsError) -> Answer:
        body = {"message": error.message, "traceId": str(uuid.uuid4()), **error.extra}
        answer = json_answer(error.status, body, (("x-amzn-ErrorType", error.code), *error.headers))
        answer.throttled = error.code == "ThrottlingException"
        return answer

    def fault(self, fault: Fault) -> AwsError:
        return index_not_ready() if fault is Fault.INDEX_NOT_READY else AwsError(*_FAULTS[fault])

    def _list(self, request: Request) -> dict[str, Any]:
        asked = request.parameters()
        attribute, value, kind = asked.get("attributeName"), asked.get("attributeValue"), asked.get("thingTypeName")
        prefix = _flag(asked, "usePrefixAttributeValue")
        if attribute is None and value is not None:
            raise invalid_request("attributeValue needs an attributeName")

        def wanted(thing: str) -> bool:
            registration = self._registry.registration(thing)
            if kind not in (None, registration.thing_type_name):
                return False
            if attribute is None:
                return True
            found = registration.attributes.get(attribute)
            return found is not None and (value in (None, found) or (prefix and found.startswith(value or "")))

        scope = scope_of("ListThings", attribute, value, kind, prefix)
        names, following = self._page(self._registry.things(), asked, scope, wanted)
        return _listing([self._attributes(thing) for thing in names], following)

    def _list_group(self, request: Request) -> dict[str, Any]:
        group, asked = request.segments()[1], request.parameters()
        recursive = _flag(asked, "recursive")
        if not self._registry.has_group(group):
            raise AwsError(404, "ResourceNotFoundException", f"Thing group {group} does not exist.")
        scope = scope_of("ListThingsInThingGroup", group, recursive)
        members = self._registry.members(group, recursive)
        return _listing(*self._page(members, asked, scope))

    def _describe(self, request: Request) -> dict[str, Any]:
        thing = check_names(request.segments()[1], None)
        if not self._registry.registered(thing):
            raise AwsError(404, "ResourceNotFoundException", f"Thing {thing} cannot be found.")
        return {**self._attributes(thing), "defaultClientId": thing, "thingId": thing_id(thing)}

    def _rule(self, request: Request) -> dict[str, Any]:
        name = request.segments()[1]
        found = self._registry.rule(name)
        if found is None:
            # AWS does not let on which rules there are:
            # https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iot/topic_rule.go
            raise AwsError(401, "UnauthorizedException", f"Access to topic rule '{name}' was denied")
        rule, made = found
        shown = rule.model_dump(by_alias=True, exclude_none=True)
        return {"ruleArn": f"arn:aws:iot:{REGION}:{ACCOUNT}:rule/{name}", "rule": {**shown, "createdAt": int(made)}}

    def _page(
        self, names: list[str], asked: dict[str, str], scope: str, wanted: Callable[[str], bool] = lambda _: True
    ) -> tuple[list[str], str | None]:
        examined = self._faults.knobs.iot_control_page_examines
        return asked_page(
            names, asked, scope, wanted, default=DEFAULT_PAGE_SIZE, largest=LARGEST_PAGE_SIZE, examined=examined
        )

    def _attributes(self, thing: str) -> dict[str, Any]:
        registration = self._registry.registration(thing)
        kind = registration.thing_type_name
        return {
            "thingName": thing,
            **({} if kind is None else {"thingTypeName": kind}),
            "thingArn": f"arn:aws:iot:{REGION}:{ACCOUNT}:thing/{thing}",
            "attributes": registration.attributes,
            "version": registration.version,
        }


def _listing(things: list[Any], following: str | None) -> dict[str, Any]:
    return {"things": things} if following is None else {"things": things, "nextToken": following}


def _flag(asked: dict[str, str], name: str) -> bool:
    text = asked.get(name, "false")
    if text not in ("true", "false"):
        raise invalid_request(f"Invalid {name}: it must be true or false")
    return text == "true"
