"""SearchIndex: https://docs.aws.amazon.com/iot/latest/apireference/API_SearchIndex.html"""

from __future__ import annotations

from typing import Any

from sandbox.documents import parse_json
from sandbox.errors import AwsError, invalid_request
from sandbox.faults import Faults
from sandbox.fleet_fields import QueryError
from sandbox.fleet_index import FleetIndex
from sandbox.messages import Request
from sandbox.paging import asked_page, scope_of
from sandbox.registry import Registry
from sandbox.shadows import ShadowStore

INDEX = "AWS_Things"
LARGEST_PAGE = 100


class SearchIndex:
    def __init__(self, faults: Faults, registry: Registry, store: ShadowStore) -> None:
        self._faults = faults
        self._registry = registry
        self._store = store

    def found(self, request: Request) -> dict[str, Any]:
        asked = _texts(request.body)
        knobs = self._faults.knobs
        index, query = asked.get("indexName") or INDEX, asked["queryString"]
        if index != INDEX or knobs.iot_control_index == "off":
            raise AwsError(404, "ResourceNotFoundException", f"Index {index} does not exist.")
        if knobs.iot_control_index == "building":
            raise index_not_ready()
        fleet = FleetIndex(self._registry, self._store, knobs.iot_control_indexed_shadows)
        try:
            wanted = fleet.finder(query)
        except QueryError as error:
            raise AwsError(400, "InvalidQueryException", f"Invalid query: {error}") from None
        names, following = asked_page(
            self._registry.things(),
            asked,
            scope_of("SearchIndex", query),
            wanted,
            default=LARGEST_PAGE,
            largest=LARGEST_PAGE,
            examined=knobs.iot_control_page_examines,
        )
        things = [fleet.document(name) for name in names]
        return {"things": things} if following is None else {"things": things, "nextToken": following}


def index_not_ready() -> AwsError:
    return AwsError(400, "IndexNotReadyException", f"Index {INDEX} is not ready.")


def _texts(body: bytes) -> dict[str, str]:
    """The members of the request, numbers as texts. AwsError 400 if it is none."""
    try:
        request = parse_json(body)
    except ValueError:
        request = None
    if not isinstance(request, dict):
        raise invalid_request("The body is not a JSON object")
    texts = {name: str(value) for name, value in request.items() if value is not None}
    if not texts.get("queryString"):
        raise invalid_request("queryString is missing")
    return texts
